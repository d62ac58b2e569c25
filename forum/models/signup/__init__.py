"""Tables of registration: signs, used proofs, blocks and applications."""
