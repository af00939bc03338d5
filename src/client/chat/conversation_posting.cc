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
    // Before it is in, what is typed is for the room that was asked for.
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

/// Only where somebody can be asked whether it may be several.
std::vector<std::string> Conversation::pieces_of(chat::Kind kind, const std::string& text) const {
  if (terminal_->is_plain()) return {text};
  std::string author = session().nick();
  if (author.empty()) author.assign(kMostNickBytes, 'x');  // it is not known yet
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
