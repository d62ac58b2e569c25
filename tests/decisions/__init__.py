"""Tests of what staff decide about members."""
