"""The bank: changes that are the same for every network, by families, with their controls."""

from audit.probes.bank.all_changes import REMOVALS, bank, controls_of, plain

__all__ = ["REMOVALS", "bank", "controls_of", "plain"]
