#include "wire/log_entries.h"

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

}  // namespace

void fill(proto::Message& to, chat::RoomId room, chat::Number number, const chat::Message& message,
          WallTime kept_at) {
  to.set_room_id(room.value);
  to.set_number(number.value);
  to.set_author(message.author);
  to.set_kind(message.kind == chat::Kind::kAction ? proto::ACTION : proto::TEXT);
  to.set_text(message.text);
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

}  // namespace palabre::wire
