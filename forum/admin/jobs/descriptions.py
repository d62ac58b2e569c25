"""What each recurring job does, in plain words; the jobs themselves are in jobs/scheduler.py."""

from dataclasses import dataclass

from forum.infra.text.messages import Message, say


@dataclass(frozen=True)
class Description:
    """A job's name for people, and what it does."""

    label: Message
    what: Message


DESCRIPTIONS: dict[str, Description] = {
    "jobs-heartbeat": Description(say("Sign of life"), say("Tells the health check that jobs run.")),
    "flush-views": Description(say("Count views"), say("Adds the views of threads to their counts.")),
    "send-mail": Description(say("Send mail"), say("Sends the e-mails that wait, and tries failed ones again.")),
    "queue-digests": Description(
        say("Make digests"), say("Chooses what is new for the members whose digest is due, and queues the e-mails.")
    ),
    "plan-digests": Description(say("Plan digests"), say("Looks for members who have no hour for digests yet.")),
    "read-mailbox": Description(
        say("Read the mailbox"), say("Posts members' answers to mail, if FORUM_INBOX_URL names a mailbox.")
    ),
    "send-pushes": Description(
        say("Send notifications to browsers"),
        say("Hands notifications to the push services of browsers, and tries failed ones again."),
    ),
    "backfill-deletions": Description(
        say("Finish deletions"), say("Updates counts and search after a long thread was deleted or restored.")
    ),
    "tell-watchers": Description(say("Notify watchers"), say("Tells those who watch threads and boards of new posts.")),
    "merge-boards": Description(
        say("Merge boards"), say("Moves or deletes the threads of boards that are being deleted.")
    ),
    "act-on-many": Description(
        say("Act on many threads"), say("Continues what a moderator does with many threads or posts at once.")
    ),
    "merge-threads": Description(say("Merge long threads"), say("Moves the posts of long threads to others.")),
    "split-threads": Description(say("Split long threads"), say("Moves many posts of a thread to a new one.")),
    "erase-threads": Description(
        say("Delete long threads for good"), say("Removes the posts of long threads that admins delete for good.")
    ),
    "clean-members": Description(
        say("Clean up after spammers"), say("Continues removing what spammers wrote, or bringing it back.")
    ),
    "change-timed-threads": Description(
        say("End pins and locks"), say("Unpins, locks and unlocks threads at the times that moderators have chosen.")
    ),
    "empty-demonstration": Description(
        say("Remove the demonstration"), say("Removes what a new forum begins with, once an admin has asked for it.")
    ),
    "erase-accounts": Description(
        say("Erase accounts"), say("Erases accounts that their members or admins have deleted.")
    ),
    "merge-accounts": Description(say("Merge accounts"), say("Moves what belongs to one account to another.")),
    "delete-empty-conversations": Description(
        say("Delete empty conversations"), say("Deletes private conversations that all their members have left.")
    ),
    "count-periods": Description(say("Count statistics"), say("Counts what happened in each day, week and month.")),
    "make-backups": Description(say("Make backups"), say("Makes a backup when one was asked for or is due.")),
    "schedule-backups": Description(say("Schedule backups"), say("Asks for a backup on the days chosen for it.")),
    "rerender-posts": Description(say("Render posts again"), say("Renders older posts again after an upgrade.")),
    "index-replies": Description(say("Collect words"), say("Adds the words of replies to the suggestions of search.")),
    "maintain-search-index": Description(
        say("Maintain the search index"), say("Checks or rebuilds it when somebody has asked for that.")
    ),
    "compute-embeddings": Description(
        say("Compare meanings"), say("Prepares similar threads by meaning, if the language model is installed.")
    ),
    "refresh-similar": Description(
        say("Refresh similar threads"), say("Compares threads again after the forum has grown by a quarter.")
    ),
    "remind-moderators": Description(
        say("Remind moderators"), say("Mails moderators once about what has waited long for their decision.")
    ),
    "learn-spam": Description(
        say("Teach the spam filter"), say("Lets the spam filter learn what moderators have decided.")
    ),
    "learn-old-posts": Description(
        say("Show the spam filter good posts"),
        say("Lets the spam filter learn from posts of known members that nobody has reported for some days."),
    ),
    "watch-campaigns": Description(
        say("Watch for campaigns"),
        say("Notes where known members link to, and deletes what new posts were compared with two weeks ago."),
    ),
    "ask-services": Description(
        say("Ask services"), say("Asks the services that admins have turned on about new members and their posts.")
    ),
    "purge-ephemeral": Description(
        say("Clear presence"), say("Deletes expired entries of who is online, and of rate limits.")
    ),
    "purge-submissions": Description(
        say("Clear submissions"),
        say("Deletes, after a day, the records that keep a form from being processed twice, and what guests wrote."),
    ),
    "purge-accounts": Description(
        say("Clear accounts"), say("Deletes expired logins and links, and accounts that were never confirmed.")
    ),
    "forget-notifiers": Description(
        say("Forget who sent notices"),
        say("Removes names and e-mail addresses from notices of illegal content, half a year after the decision."),
    ),
    "expire-addresses": Description(
        say("Clear IP addresses"), say("Removes IP addresses that are older than the settings allow.")
    ),
    "expire-notifications": Description(
        say("Clear notifications"), say("Deletes notifications that are older than the settings say, read or not.")
    ),
}


def description_of(name: str) -> Description:
    """A job's description; its technical name if it has none."""
    return DESCRIPTIONS.get(name) or Description(Message(name), Message(""))
