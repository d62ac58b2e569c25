"""The spam filter: learns from the moderators' decisions in this forum which posts of new members to hold."""
