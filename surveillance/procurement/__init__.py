"""Due diligence answered, and the studies of a site held against what an algorithm is cleared for."""
