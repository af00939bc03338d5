#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "client/chat/chat_input.h"
#include "client/chat/conversation.h"
#include "client/chat/pieces.h"
#include "wire/clean.h"

// The user's posts, on their way to the session.

namespace palabre::client {
namespace {

constexpr std::size_t kMostNickBytes = 96;  // 24 characters

}  // namespace

void Conversation::act(const typed::Say& typed) {
  if (here_.text.empty()) {
    // Until a room is joined, typed text goes to a requested one.
    if (!wanted_.empty()) return post(*wanted_.begin(), typed.kind, typed.text);
    return say("You are in no room, and nothing was sent. /join ROOM");
  }
  post(here_, typed.kind, typed.text);
}

void Conversation::act(const typed::Tell& typed) {
  const auto room = named("@" + typed.nick);
  if (!room) return;
  if (typed.text.empty()) return join_or_go_to(*room, "");
  join(*room, "");
  post(*room, chat::Kind::kText, typed.text);
}

void Conversation::post(const chat::RoomName& room, chat::Kind kind, const std::string& text) {
  for (const std::string& piece : pieces_of(kind, text)) {
    if (!post_one(room, kind, piece)) return;
  }
}

bool Conversation::post_one(const chat::RoomName& room, chat::Kind kind, const std::string& text) {
  const auto post = session().post(room, kind, text, clock_now());
  if (!post) {
    say(post.error().sentence);
    return false;
  }
  waiting_.emplace(*post, Waiting{room, text});
  is_warned_ = false;
  if (terminal_->is_plain() && !session().is_online()) {
    say(fmt::format("Waits to be sent: {}", client::shortened_to_line(text, 60)));
  }
  return true;
}

/// Splits a text only at a line terminal, which asks the user before it sends several messages.
std::vector<std::string> Conversation::pieces_of(chat::Kind kind, const std::string& text) const {
  if (terminal_->is_plain()) return {text};
  std::string author = session().nick();
  if (author.empty()) author.assign(kMostNickBytes, 'x');  // not known yet: assume the longest
  return client::pieces({kind, std::move(author), text}, session().line_bytes());
}

std::size_t Conversation::messages_in(std::string_view line) const {
  const client::Typed typed = client::read_typed(wire::clean(line).text);
  if (const auto* said = std::get_if<typed::Say>(&typed)) {
    return pieces_of(said->kind, said->text).size();
  }
  const auto* told = std::get_if<typed::Tell>(&typed);
  return told == nullptr ? 1 : pieces_of(chat::Kind::kText, told->text).size();
}

}  // namespace palabre::client
