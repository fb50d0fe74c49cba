"""Monitors ask one question each and store one verdict: estimate, interval, n, rule, threshold, sentence."""
