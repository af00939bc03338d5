#include "client/chat/chat_words.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "base/time.h"
#include "wire/clean.h"
#include "wire/names.h"

namespace palabre::client {
namespace {

constexpr std::int64_t kDay = 24 * 60;
constexpr std::size_t kMostShown = 60;  // bytes of a quoted post

// Colours of the 6 x 6 x 6 cube that are neither too dark nor too pale.
constexpr std::array<std::uint8_t, 18> kColours{31,  32,  37,  66,  68,  96,  97,  100, 103,
                                                130, 132, 136, 138, 161, 166, 168, 172, 175};

}  // namespace

std::string name_key(std::string_view name) {
  if (name.ends_with('*')) name.remove_suffix(1);
  const auto nick = wire::parse_nick(name);
  return nick ? nick->key : std::string(name);
}

unsigned colour_of(std::string_view nick) {
  if (nick.ends_with('*')) nick.remove_suffix(1);
  std::uint32_t hash = 2166136261U;  // FNV-1a: the same in every build
  for (const char c : nick) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return kColours.at((hash ^ (hash >> 16U)) % kColours.size());
}

std::string shortened_to_line(std::string_view text, std::size_t most_bytes) {
  std::size_t end = std::min(text.find('\n'), text.size());
  bool is_cut = end < text.size();
  if (end > most_bytes) {
    end = most_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    is_cut = true;
  }
  return std::string(text.substr(0, end)) + (is_cut ? " …" : "");
}

std::string ChatWords::line(const Line& line, std::string_view reader, const chat::RoomName& room,
                            bool elsewhere) const {
  std::string author = line.message.author;
  if (line.message.kind != chat::Kind::kRemoved && author == reader) {
    author = own_name(line.message);
  } else if (look_.colour) {
    author = fmt::format("\x1b[38;5;{}m{}\x1b[0m", colour_of(author), author);
  }
  return message(line, author, room, elsewhere, "");
}

std::string ChatWords::kept(const Kept& kept, bool elsewhere) const {
  return message(kept.line, own_name(kept.line.message), kept.room, elsewhere,
                 kept.on_disk ? "" : " (not kept)");
}

std::string ChatWords::own_name(const chat::Message& message) const {
  const bool is_action = message.kind == chat::Kind::kAction;
  if (!look_.colour) return is_action ? message.author : "(you)";
  return fmt::format("\x1b[1m{}\x1b[0m", is_action ? message.author : "you");
}

std::string ChatWords::message(const Line& line, std::string_view author,
                               const chat::RoomName& room, bool elsewhere,
                               std::string_view state) const {
  const std::string before =
      dim(fmt::format("{} #{}{}", time_of(line.kept_at), line.number.value, state));
  const std::string where = elsewhere ? fmt::format("[{}] ", room.text) : "";
  if (line.message.kind == chat::Kind::kRemoved) {
    return fmt::format("{} {}{}", before, where, dim("(removed)"));
  }
  const std::string text = wire::indent_continuations(line.message.text);
  if (line.message.kind == chat::Kind::kAction) {
    return fmt::format("{} {}* {} {}", before, where, author, text);
  }
  return fmt::format("{} {}{}: {}", before, where, author, text);
}

std::string ChatWords::waiting(std::string_view text) const {
  return dim("… " + shortened_to_line(text, kMostShown));
}

std::string ChatWords::refused(const PostRefused& refused) const {
  constexpr std::string_view kSaid = "Not sent: ";
  std::string_view why = refused.words;
  if (why.starts_with(kSaid)) why.remove_prefix(kSaid.size());
  return notice(fmt::format("{}, \"{}\": {}", refused.may_be_kept ? "Unconfirmed" : "Not sent",
                            shortened_to_line(refused.text, kMostShown), why));
}

std::string ChatWords::missed(const Missed& missed) const {
  if (missed.new_log) {
    return notice(fmt::format("{} began anew. {}", missed.room.text, missed.words));
  }
  if (missed.from == missed.to) {
    return notice(fmt::format("#{} is missing. {}", missed.from.value, missed.words));
  }
  return notice(
      fmt::format("#{} to #{} are missing. {}", missed.from.value, missed.to.value, missed.words));
}

std::string ChatWords::notice(std::string_view words) const {
  return dim("-- " + wire::indent_continuations(words));
}

std::string ChatWords::time_of(WallTime time) const {
  if (time.microseconds <= 0) return "--:--";
  const std::int64_t minutes = (local_minutes(time) % kDay + kDay) % kDay;
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

std::int64_t ChatWords::local_minutes(WallTime time) const {
  const std::int64_t seconds = time.microseconds / kMicrosecondsPerSecond;
  return seconds / 60 + (look_.offset_minutes == nullptr ? 0 : look_.offset_minutes(seconds));
}

std::optional<std::string> ChatWords::day(WallTime time, std::int64_t& shown) const {
  if (time.microseconds <= 0) return std::nullopt;
  const std::int64_t day = local_minutes(time) / kDay;
  if (std::exchange(shown, day) == day) return std::nullopt;
  const std::tm date = fmt::gmtime(static_cast<std::time_t>(day * 86'400));
  return notice(fmt::format("{:%A}, {} {:%B %Y}", date, date.tm_mday, date));
}

std::string ChatWords::dim(std::string_view text) const {
  return look_.colour ? fmt::format("\x1b[2m{}\x1b[0m", text) : std::string(text);
}

int local_offset_minutes(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm local{};
  if (::localtime_r(&time, &local) == nullptr) return 0;
  return static_cast<int>(local.tm_gmtoff / 60);
}

}  // namespace palabre::client
