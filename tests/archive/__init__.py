"""Tests of export, import, backup and samples."""
