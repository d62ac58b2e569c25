"""What staff decided about members and what they wrote: stated when it is done, and told to the member."""
