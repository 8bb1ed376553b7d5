"""Forms as data: packs are loaded here, and their expressions are understood here."""
