"""The site's settings."""

from marshmallow import Schema, fields

from forum.admin import rules
from forum.schemas.shapes import Between, CleanText, WholeNumber, count, flag, text


class SettingsIn(Schema):
    """The site's settings."""

    name = CleanText(least=1, most=rules.MAX_SITE_NAME)
    description = CleanText(most=rules.MAX_SITE_DESCRIPTION)
    language = CleanText(most=20)
    terms = CleanText(most=rules.MAX_SITE_TEXT, most_in_form=2 * rules.MAX_SITE_TEXT)
    contact = CleanText(most=rules.MAX_SITE_TEXT, most_in_form=2 * rules.MAX_SITE_TEXT)
    edit_window_minutes = WholeNumber(validate=Between(0, rules.MAX_EDIT_WINDOW_MINUTES))
    flood_seconds = WholeNumber(validate=Between(0, rules.MAX_FLOOD_SECONDS))
    remote_images = fields.Boolean()
    staff_two_factor = fields.Boolean()


class SettingsOut(Schema):
    """All settings of the site."""

    name = text()
    description = text()
    language = text("A code such as en or pt-BR, for the interface's dates and numbers and for search.")
    terms = text("Markdown, shown at /terms.")
    contact = text("Markdown, shown at /contact.")
    edit_window_minutes = count("How long members may edit their own posts; 0 for no limit.")
    flood_seconds = count("How long a new member waits between two posts.")
    remote_images = flag("Whether posts show images of other sites.")
    staff_two_factor = flag("Whether moderators and admins must use two-factor authentication to act as such.")
