#include <fuzzer/FuzzedDataProvider.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "plain_text.h"
#include "require.h"
#include "wire/clean.h"
#include "wire/frames.h"
#include "wire/member_frames.h"
#include "wire/names.h"

// Any bytes, in any pieces: the frames do not depend on the pieces, and the decoded requests are
// safe.

namespace palabre::fuzz {
namespace {

void is_safe(std::string_view text) { REQUIRE(wire::clean(text).text == text); }

void is_safe(const chat::RoomName& room) {
  REQUIRE(wire::parse_room_name(room.text) == std::optional(room));
}
void is_safe(const chat::Nick& nick) {
  is_safe(nick.shown);
  REQUIRE(wire::parse_nick(nick.shown) == std::optional(nick));
}
void is_safe(const chat::RoomRef& room) {
  if (const auto* direct = std::get_if<chat::Direct>(&room)) return is_safe(direct->with);
  is_safe(std::get<chat::RoomName>(room));
}
/// A member's request names its room.
void is_safe(const std::optional<chat::RoomRef>& room) {
  REQUIRE(room);
  is_safe(*room);
}
void is_safe(const std::optional<chat::MessageId>& id) {
  REQUIRE(id && !id->text.empty() && id->text.size() <= 64);
  REQUIRE(
      std::all_of(id->text.begin(), id->text.end(), [](char c) { return '!' <= c && c <= '~'; }));
}

void is_safe(const chat::Request& request) {
  std::visit(
      [](const auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (requires { what.room; }) is_safe(what.room);
        if constexpr (requires { what.nick; }) is_safe(what.nick);
        if constexpr (std::is_same_v<What, chat::Post>) {
          is_safe(what.text);
          is_safe(what.id);
          REQUIRE(!what.text.empty() && !what.text.ends_with('\n'));
        } else if constexpr (std::is_same_v<What, chat::SetAway>) {
          is_safe(what.note);
          REQUIRE(what.note.find('\n') == std::string::npos && what.note.size() <= 203);
        } else if constexpr (std::is_same_v<What, chat::ReadPast>) {
          const auto* const page = std::get_if<chat::ReadPast::Page>(&what.what);
          REQUIRE(page != nullptr && page->count >= 1 && page->count <= 200);
        } else if constexpr (std::is_same_v<What, chat::NotUnderstood>) {
          const std::string frame = wire::encode_event(chat::Refused{what.refusal}, {1});
          REQUIRE(!frame.empty() && frame.size() <= wire::kMostFrameBytes + 3);
        }
      },
      request);
}

void look_at(std::string_view body) {
  const auto asked = wire::decode_command(body, {1});
  if (!asked) return;
  if (const auto* request = std::get_if<chat::Request>(&asked->what)) is_safe(*request);
  const auto* proof = std::get_if<wire::LoginProof>(&asked->what);
  if (proof != nullptr && proof->nick) is_safe(*proof->nick);
}

std::vector<std::string> take_all(wire::FrameReader& reader) {
  std::vector<std::string> bodies;
  while (const auto body = reader.next()) {
    REQUIRE(body->size() <= wire::kMostFrameBytes);
    bodies.emplace_back(*body);
  }
  return bodies;
}

}  // namespace
}  // namespace palabre::fuzz

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace palabre;
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  fuzz::look_at(input);
  wire::FrameReader whole;
  whole.add(input);
  const auto bodies = fuzz::take_all(whole);
  for (const std::string& body : bodies) fuzz::look_at(body);

  wire::FrameReader cut;
  std::vector<std::string> pieces;
  // The input decides its own pieces: the first byte of each gives its length.
  for (std::size_t at = 0; at < size;) {
    const std::size_t length = 1 + bytes[at] % 61;
    cut.add(input.substr(at, length));
    for (std::string& body : fuzz::take_all(cut)) pieces.push_back(std::move(body));
    at += length;
  }
  REQUIRE(pieces == bodies);
  REQUIRE(cut.is_broken() == whole.is_broken());
  return 0;
}
