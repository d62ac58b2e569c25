"""Tests of login, registration and recovery over HTTP."""
