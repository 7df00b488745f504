"""The item response model: item parameters and ability turned into the chance of a right answer."""
