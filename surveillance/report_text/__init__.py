"""What the text of a report says of a finding: by rules, with the sentence that decided, and a measured error rate."""
