#include "server/doors/operators/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>

#include "base/time_text.h"
#include "wire/log_entries.h"

namespace palabre::server {
namespace {

std::string counted(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

}  // namespace

std::string counted(std::size_t guests, std::size_t members) {
  if (members == 0) return counted(guests, "guest");
  const std::string words = counted(members, "member");
  return guests == 0 ? words : counted(guests, "guest") + " and " + words;
}

std::string table(const std::vector<std::array<std::string, 4>>& rows) {
  std::array<std::size_t, 4> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto characters = std::count_if(row.at(i).begin(), row.at(i).end(),
                                            [](char c) { return (c & 0xC0) != 0x80; });
      widths.at(i) = std::max(widths.at(i), static_cast<std::size_t>(characters));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    fmt::format_to(std::back_inserter(text), "{:{}}  {:>{}}  {:{}}  {}\n", row[0], widths[0],
                   row[1], widths[1], row[2], widths[2], row[3]);
  }
  return text;
}

namespace {

std::string and_more(std::size_t all, std::size_t shown) {
  return all > shown ? fmt::format(", {} more are left out", all - shown) : "";
}

std::string marks_of(const chat::Members::Member& member) {
  std::vector<std::string_view> marks;
  if (member.sessions > 0) marks.emplace_back("online");
  if (member.is_operator) marks.emplace_back("operator");
  if (member.is_bot) marks.emplace_back("bot");
  if (member.is_muted) marks.emplace_back("muted");
  if (member.is_banned) marks.emplace_back("banned");
  return marks.empty() ? "-" : fmt::format("{}", fmt::join(marks, ", "));
}

std::string about(const chat::RoomsDescribed::Room& room) {
  std::vector<std::string> parts;
  if (room.facts.frozen) parts.emplace_back("for reading only");
  if (room.facts.slow.holds()) parts.push_back(fmt::format("slow, {} s", room.facts.slow.seconds));
  if (!room.people.empty()) {
    const bool is_cut = room.present > room.people.size();
    parts.push_back(fmt::format("{}{}", fmt::join(room.people, ", "), is_cut ? ", ..." : ""));
  }
  if (room.facts.topic.holds()) parts.push_back("topic: " + room.facts.topic.text);
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

std::string listing(const chat::Members& members) {
  std::vector<std::array<std::string, 4>> rows{{"id", "registered", "now", "member"}};
  rows.reserve(members.members.size() + 1);
  for (const auto& one : members.members) {
    const std::chrono::microseconds ago(members.now.microseconds - one.since.microseconds);
    rows.push_back(
        {wire::to_text(one.id), show_time(std::max(ago, {})) + " ago", marks_of(one), one.nick});
  }
  return table(rows) + fmt::format("{}{}", counted(members.all, "member"),
                                   and_more(members.all, members.members.size()));
}

std::string listing(const chat::RoomsDescribed& rooms) {
  std::vector<std::array<std::string, 4>> rows{{"room", "here", "founder", "about"}};
  rows.reserve(rooms.rooms.size() + 1);
  for (const auto& one : rooms.rooms) {
    rows.push_back({one.name.text, fmt::format("{}", one.present),
                    one.founder.empty() ? "-" : one.founder, about(one)});
  }
  std::string text = table(rows) + counted(rooms.all, "room");
  if (rooms.for_two > 0) text += fmt::format(" and {} for two", rooms.for_two);
  return text + and_more(rooms.all, rooms.rooms.size());
}

}  // namespace palabre::server
