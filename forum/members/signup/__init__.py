"""Become a member: registration, invitations and accepting the terms of use."""
