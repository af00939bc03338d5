#include "client/server_log.h"

#include <limits>

#include "client/peer_names.h"
#include "client/server_words.h"
#include "wire/clean.h"
#include "wire/log_entries.h"

namespace palabre::client {

bool is_number(std::uint64_t number) {
  return number != 0 && number < std::numeric_limits<std::uint64_t>::max();
}

Line line_of_log(const proto::Message& message) {
  Line line{chat::Number{message.number()}, chat::removed_message(), WallTime{message.kept_at()}};
  if (message.kind() == proto::REMOVED) return line;
  line.message = {message.kind() == proto::ACTION ? chat::Kind::kAction : chat::Kind::kText,
                  author_of(message.author()).value_or(std::string(kNoName)),
                  wire::clean(message.text()).text, wire::parse_author_id(message.author_id())};
  return line;
}

std::string words_of(const proto::Gap& gap) {
  if (!gap.words().empty()) return line_of(gap.words());
  switch (gap.why()) {
    case proto::Gap::NOT_KEPT:
      return "They were not kept.";
    case proto::Gap::EXPIRED:
      return "They are kept no longer.";
    case proto::Gap::DAMAGED:
      return "They are damaged.";
    case proto::Gap::NEW_LOG:
      return "The room began anew.";
    default:
      return "They cannot be read now.";
  }
}

chat::Missing::Why why_of(const proto::Gap& gap) {
  switch (gap.why()) {
    case proto::Gap::NOT_KEPT:
    case proto::Gap::NEW_LOG:
      return chat::Missing::Why::kNotKept;
    case proto::Gap::EXPIRED:
      return chat::Missing::Why::kExpired;
    case proto::Gap::DAMAGED:
      return chat::Missing::Why::kDamaged;
    default:
      return chat::Missing::Why::kUnread;
  }
}

chat::NumberRanges ranges_of(const proto::Removed& removed) {
  chat::NumberRanges numbers;
  for (const auto& range : removed.removed()) {
    if (is_number(range.from()) && is_number(range.to())) {
      numbers.add({{range.from()}, {range.to()}});
    }
  }
  if (removed.reread()) numbers.make_inexact();
  return numbers;
}

}  // namespace palabre::client
