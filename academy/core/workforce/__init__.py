"""Skill evidence and published claims turned into demand, supply and the gap."""
