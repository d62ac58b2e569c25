"""Tests of registration by mode, of invitations, and of accepting the terms."""
