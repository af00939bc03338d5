#include "wire/verbs.h"

#include <algorithm>
#include <array>

namespace palabre::wire {
namespace {

using enum Argument;

constexpr std::optional<VerbForm> kNot = std::nullopt;

constexpr VerbForm form(Argument argument, std::string_view usage, std::string_view help) {
  return {argument, usage, help};
}

constexpr std::array kRows{
    VerbRow{Verb::kNick, "/nick", form(kText, "NAME", "take a name"),
            form(kWord, "NAME", "be called so")},
    VerbRow{
        Verb::kJoin, "/join", form(kText, "ROOM", "go to a room, new or not"),
        form(kWord, "ROOM", "go to a room, or with an invite link, besides those where you are")},
    VerbRow{Verb::kLeave, "/leave", kNot, form(kMaybeWord, "[ROOM]", "leave it")},
    VerbRow{Verb::kTell, "/msg", kNot, form(kText, "NICK [TEXT]", "to one member alone")},
    VerbRow{Verb::kWho, "/who", form(kNone, "", "who is here"),
            form(kMaybeWord, "[ROOM]", "who is in the room")},
    VerbRow{Verb::kMe, "/me", form(kText, "TEXT", "say what you do"),
            form(kText, "TEXT", "what you do: * awa waves")},
    VerbRow{Verb::kHistory, "/history", form(kMaybeText, "[N]", "the last N messages again"),
            form(kMaybeWord, "[N]", "so many messages before those that you see")},
    VerbRow{Verb::kFrom, "/from", form(kText, "NUMBER", "the messages from that number on"), kNot},
    VerbRow{Verb::kSearch, "/search", kNot, form(kText, "TEXT", "the last messages that have it")},
    VerbRow{Verb::kIgnore, "/ignore", kNot,
            form(kMaybeWord, "[NICK]", "show nothing of theirs; again: show it")},
    VerbRow{Verb::kAway, "/away", kNot,
            form(kMaybeText, "[NOTE]", "what /who says of you; without a note: you are here")},
    VerbRow{Verb::kAck, "/ack", form(kText, "on or off", "messages with their numbers, or without"),
            kNot},
    VerbRow{Verb::kPost, "/post", form(kText, "ID TEXT", "for scripts: said once, and answered"),
            kNot},
    VerbRow{Verb::kHelp, "/help", form(kNone, "", "this"), form(kNone, "", "this")},
    VerbRow{Verb::kQuit, "/quit", form(kNone, "", "leave"), form(kNone, "", "goodbye")},
    VerbRow{Verb::kQuit, "/exit", kNot, form(kNone, "", "the same")},
};

}  // namespace

std::span<const VerbRow> verbs() { return kRows; }

const VerbRow* find_verb(std::string_view name) {
  const auto* const found = std::find_if(kRows.begin(), kRows.end(),
                                         [&](const VerbRow& row) { return row.name == name; });
  return found == kRows.end() ? nullptr : found;
}

bool is_needed(Argument argument) { return argument == kWord || argument == kText; }

std::string usage_of(const VerbRow& row, const VerbForm& form) {
  std::string usage(row.name);
  if (!form.usage.empty()) usage += " " + std::string(form.usage);
  return usage;
}

}  // namespace palabre::wire
