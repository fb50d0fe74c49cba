"""Local validation: acceptance criteria fixed beforehand, a run on shadow data, a signature by someone else."""
