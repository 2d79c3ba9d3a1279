"""The bank: changes that are the same for every network, by families, with their controls."""

from audit.probes.bank.all_changes import bank, controls_of, plain

__all__ = ["bank", "controls_of", "plain"]
