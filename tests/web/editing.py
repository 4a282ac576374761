"""What the tests of editing do on the page, in the words of the page."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def open_editor(page: Page, name: str) -> None:
    """The editor of a tool, once it was checked and knows the language: until then nothing is completed."""
    page.goto(f"/tools/{name}/edit")
    expect(page.locator(".code-editor .cm-line span").first).to_be_visible()
    checked(page)


def checked(page: Page) -> None:
    """Wait until what is said is about what stands there."""
    expect(page.locator("[data-checking=false]")).to_be_visible()


def text_of(page: Page) -> Locator:
    """The text of the file that is shown."""
    return page.locator(".code-editor .cm-content")


def choose_file(page: Page, path: str) -> None:
    """Show one file."""
    page.get_by_role("navigation", name="Files").get_by_role("button", name=path).first.click()
    expect(page.locator(f".code-editor[data-path='{path}']")).to_be_visible()


def write(page: Page, path: str, text: str) -> None:
    """All of a file anew, pasted as one piece."""
    choose_file(page, path)
    text_of(page).focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)
    checked(page)


def append(page: Page, path: str, text: str) -> None:
    """More text at the end of a file."""
    choose_file(page, path)
    text_of(page).focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.insert_text(text)
    checked(page)


def commit(page: Page, message: str = "", name: str = "", email: str = "") -> None:
    """Commit what stands there, and wait until it is."""
    send(page, message, name, email)
    expect(page.get_by_text("Committed.")).to_be_visible()


def send(page: Page, message: str = "", name: str = "", email: str = "") -> None:
    """The same without waiting for what comes of it."""
    page.get_by_role("button", name="Commit…").click()
    dialog = page.get_by_role("dialog")
    if message:
        dialog.get_by_label("Message").fill(message)
    if name:
        dialog.get_by_label("Your name").fill(name)
        dialog.get_by_label("Your e-mail address").fill(email)
    dialog.get_by_role("button", name="Commit").click()
