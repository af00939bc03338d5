#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "base/clock.h"
#include "client/chat/conversation.h"
#include "client/chat/pieces.h"

// Members who ask to write to the user, and those whom it blocks.

namespace palabre::client {
namespace {

constexpr std::size_t kMostTold = 256;    // nicknames whose requests are not told again
constexpr std::size_t kMostInARow = 5;    // lines of requests until the user deals with one
constexpr std::size_t kMostColumns = 60;  // of the message that comes with a request

}  // namespace

void Conversation::see(const client::AskedToWrite& asked) {
  note_person(asked.nick, asked.id);
  if (!ignored_.hides({asked.nick, asked.id})) say_request(asked);
}

/// Strangers must not fill the screen: after some lines there is one that names no more of them.
void Conversation::say_request(const client::AskedToWrite& asked) {
  if (told_.size() >= kMostTold) told_.clear();
  if (!told_.insert(asked.nick).second || requests_in_a_row_ > kMostInARow) return;
  if (++requests_in_a_row_ > kMostInARow) {
    return say("More members ask to write to you: /requests lists them.");
  }
  const std::string text =
      asked.text.empty()
          ? ""
          : fmt::format(" It begins: {}", shortened_to_line(asked.text, kMostColumns));
  say(fmt::format("{} asks to write to you: /accept {}, or /block {}.{}", asked.nick, asked.nick,
                  asked.nick, text));
}

void Conversation::say_requests(const client::Welcomed& welcomed) {
  for (const std::string& nick : welcomed.requests) {
    say_request({nick, person_called(nick).id, ""});
  }
}

void Conversation::see(const client::Contacts& contacts) {
  using What = chat::Contact::What;
  const std::string& nick = contacts.nick;
  requests_in_a_row_ = 0;
  const auto list = [&](std::string_view nobody, std::string_view before) {
    if (contacts.all == 0) return say(nobody);
    for (const std::string& one : contacts.nicks) told_.insert(one);
    const std::size_t more =
        contacts.all - std::min<std::size_t>(contacts.all, contacts.nicks.size());
    say(fmt::format("{}: {}{}", before, fmt::join(contacts.nicks, ", "),
                    more == 0 ? "" : fmt::format(" and {} more", more)));
  };
  switch (contacts.what) {
    case What::kAccept:
      if (!nick.empty()) join_or_go_to({"@" + nick}, "");
      return;
    case What::kBlock:
      return say(
          fmt::format("Nothing that {} writes in private comes to you now, and {} is not told. "
                      "In other rooms: /ignore {}. /unblock {} ends it.",
                      nick, nick, nick, nick));
    case What::kUnblock:
      return say(fmt::format("{} is not blocked.", nick));
    case What::kRequests:
      return list("Nobody asks to write to you.", "They ask to write to you");
    case What::kBlocked:
      return list("Nobody is blocked.", "Blocked");
  }
}

}  // namespace palabre::client
