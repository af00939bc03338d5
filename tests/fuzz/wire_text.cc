#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "chat/limits.h"
#include "guard/echo.h"
#include "plain_text.h"
#include "require.h"
#include "wire/clean.h"
#include "wire/names.h"
#include "wire/text.h"

// Parses a datagram's requests, and encodes them as others are sent them.

namespace {

using namespace palabre;

void check_line(const chat::Message& message) {
  const std::string line = wire::encode_line(message);
  REQUIRE(line.size() <= chat::line_bytes(message));
  REQUIRE(line.ends_with('\n') && fuzz::is_safe_to_show(line));
  // Only the first line begins at the margin, with its author; our own filter recognizes it too.
  const auto lines = fuzz::lines_of(line);
  for (std::size_t i = 1; i < lines.size(); ++i) REQUIRE(lines[i].starts_with("  "));
  REQUIRE(guard::looks_like_ours(line));
  REQUIRE(guard::looks_like_ours(wire::encode_number({12}) + line));
  REQUIRE(!line.starts_with(wire::kNoticeMark));
}

void check_notice(const chat::Event& event) {
  const std::string notice = wire::encode_notice(event);
  REQUIRE(fuzz::is_good_datagram(notice));
  for (const std::string_view line : fuzz::lines_of(notice)) {
    REQUIRE(line.starts_with(wire::kNoticeMark));
  }
  REQUIRE(guard::looks_like_ours(notice));
}

void check(const chat::Post& post) {
  REQUIRE(!post.room);  // it goes to its author's room
  REQUIRE(post.text.find_first_not_of(" \t\n") != std::string::npos);
  REQUIRE(!post.text.ends_with('\n'));
  check_line({post.kind, "[192.168.52.2:54524]", post.text});
  check_line({post.kind, "[2001:db8::1:54524]", post.text});
  if (!post.id) return;
  REQUIRE(!post.id->text.empty() && post.id->text.size() <= 64);
  REQUIRE(post.id->text.find_first_of(" \t\n") == std::string::npos);
  const std::string answer = wire::encode_notice(chat::Acknowledged{{12}, post.id});
  REQUIRE(fuzz::is_good_datagram(answer) && guard::looks_like_an_acknowledgement(answer));
  check_notice(chat::Refused{chat::CannotKeep{chat::Trouble::kDiskFull, post.id}});
}
void check(const chat::ReadPast& read) {
  REQUIRE(!read.room && !std::holds_alternative<chat::ReadPast::Page>(read.what));
  const auto* const last = std::get_if<chat::ReadPast::Last>(&read.what);
  REQUIRE(last == nullptr || last->count > 0);
}
void check(const chat::SetTopic& set) {
  REQUIRE(!set.room && fuzz::is_safe_to_show(set.text));
  REQUIRE(set.text.find_first_of("\t\n") == std::string::npos);
  REQUIRE(!set.text.starts_with(' ') && !set.text.ends_with(' '));
  REQUIRE(wire::clean_line(set.text) == set.text);
  const chat::Topic topic{set.text, "[192.168.52.2:54524]"};
  // A longer topic is refused, and shown to nobody.
  if (topic.text.size() > chat::Topic::kMostBytes) return;
  check_notice(chat::RoomChanged{{}, "lobby", topic, {false, topic}});
  check_notice(chat::Welcome{{"lobby"}, 1, false, {}, {}, {}, {false, topic}});
}
void check(const chat::TakeNick& take) {
  REQUIRE(fuzz::is_safe_to_show(take.nick.shown) && fuzz::decode(take.nick.shown)->size() <= 24);
  REQUIRE(take.nick.shown.find_first_of("[]>*: \t\n/#") == std::string::npos);
  REQUIRE(wire::parse_nick(take.nick.shown) == take.nick);
  check_notice(chat::NickTaken{take.nick.shown + "*"});
  check_line({chat::Kind::kText, take.nick.shown + "*", "salut !"});
  check_line({chat::Kind::kAction, take.nick.shown + "*", "waves"});
}
void check(const chat::Join& join) {
  const auto* const room = std::get_if<chat::RoomName>(&join.room);
  REQUIRE(room != nullptr);  // rooms for two are not for guests
  REQUIRE(fuzz::is_safe_to_show(room->text) && fuzz::decode(room->text)->size() <= 32);
  REQUIRE(wire::parse_room_name(room->text) == *room);
  check_notice(chat::Joined{{}, room->text, 0});
}
void check(const chat::NotUnderstood& mistake) { check_notice(chat::Refused{mistake.refusal}); }
void check(const chat::SetAcks&) {}
void check(const chat::Who& who) { REQUIRE(!who.room); }
void check(const chat::Help&) {}
void check(const chat::Quit&) {}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto requests = wire::parse_requests(wire::clean(bytes).text);
  REQUIRE(requests.size() <= wire::kMostCommands + 1);
  for (const chat::Request& request : requests) {
    // Only the last request is a text of several lines.
    const auto* post = std::get_if<chat::Post>(&request);
    const bool last = &request == &requests.back();
    if (post != nullptr && !last) REQUIRE(post->kind == chat::Kind::kAction || post->id);
    std::visit(
        [](const auto& one) {
          // Requests of members only do not come as text.
          REQUIRE(requires { check(one); });
          if constexpr (requires { check(one); }) check(one);
        },
        request);
  }
  return 0;
}
