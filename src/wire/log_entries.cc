#include "wire/log_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "wire/text.h"

namespace palabre::wire {
namespace {

proto::Gap::Why why(chat::Missing::Why why) {
  switch (why) {
    case chat::Missing::Why::kNotKept:
      return proto::Gap::NOT_KEPT;
    case chat::Missing::Why::kExpired:
      return proto::Gap::EXPIRED;
    case chat::Missing::Why::kDamaged:
      return proto::Gap::DAMAGED;
    case chat::Missing::Why::kUnread:
      return proto::Gap::UNREAD;
  }
  return proto::Gap::NOT_KEPT;
}

proto::Kind kind_of(const chat::Message& message) {
  switch (message.kind) {
    case chat::Kind::kText:
      return proto::TEXT;
    case chat::Kind::kAction:
      return proto::ACTION;
    case chat::Kind::kRemoved:
      return proto::REMOVED;
  }
  return proto::TEXT;
}

constexpr std::size_t kAuthorIdDigits = 16;

}  // namespace

std::string to_text(chat::AuthorId id) {
  return id.value == 0 ? std::string() : fmt::format("{:016x}", id.value);
}

chat::AuthorId parse_author_id(std::string_view text) {
  const auto is_digit = [](char c) { return ('0' <= c && c <= '9') || ('a' <= c && c <= 'f'); };
  if (text.size() != kAuthorIdDigits || !std::all_of(text.begin(), text.end(), is_digit)) return {};
  chat::AuthorId id;
  std::from_chars(text.data(), text.data() + text.size(), id.value, 16);
  return id;
}

void fill(proto::Message& to, chat::RoomId room, chat::Number number, const chat::Message& message,
          WallTime kept_at) {
  to.set_room_id(room.value);
  to.set_number(number.value);
  to.set_author(message.author);
  to.set_kind(kind_of(message));
  // A client from before `REMOVED` shows the text, as said by nobody.
  to.set_text(message.kind == chat::Kind::kRemoved ? "(removed)" : message.text);
  to.set_author_id(to_text(message.author_id));
  to.set_kept_at(kept_at.microseconds);
}

void fill(proto::Gap& to, chat::RoomId room, const chat::Missing& missing) {
  to.set_room_id(room.value);
  to.set_from(missing.from.value);
  to.set_to(missing.to.value);
  to.set_why(why(missing.why));
  // The text of `chat::Gap` would tell a member that it was too slow; a member never is.
  to.set_words(missing.why == chat::Missing::Why::kNotKept
                   ? "Nothing is kept in this room: what was said there is gone."
                   : in_words(chat::Gap{missing}));
}

void fill(proto::Removed& to, chat::RoomId room, const chat::NumberRanges& removed) {
  to.set_room_id(room.value);
  for (const chat::NumberRange& range : removed.ranges()) {
    auto& one = *to.add_removed();
    one.set_from(range.from.value);
    one.set_to(range.to.value);
  }
  to.set_reread(!removed.is_exact());
}

}  // namespace palabre::wire
