"""The EU AI Act as a guided questionnaire: the law as versioned configuration, its classification, the answers."""
