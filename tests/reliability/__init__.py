"""What must hold when processes die, disks fill and many submit at once."""
