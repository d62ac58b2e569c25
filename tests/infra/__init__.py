"""Tests of infra and markup."""
