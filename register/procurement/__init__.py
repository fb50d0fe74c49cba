"""What is looked at before an algorithm is bought: due diligence, and how completely its use is described."""
