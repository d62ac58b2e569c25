"""The syntax of posts: CommonMark with mentions, smilies, task lists and bare URLs as links."""
