#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "wire/text.h"

// The words for every event and every refusal, and nothing else: what a person reads is all here.

namespace palabre::wire {
namespace {

/// As much of a stranger's word as is repeated to it.
std::string_view shortened(std::string_view text) {
  constexpr std::size_t kMost = 40;
  if (text.size() <= kMost) return text;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::string with_others(std::size_t others) {
  switch (others) {
    case 0:
      return "nobody else is here yet";
    case 1:
      return "1 other is here";
    default:
      return fmt::format("{} others are here", others);
  }
}

std::string words(const chat::UnknownCommand& unknown) {
  return fmt::format(
      "{} is no command here, nothing was sent. /help lists them; // begins a text with a slash.",
      shortened(unknown.name));
}

std::string words(const chat::MissingArgument& missing) {
  return fmt::format("Something is missing: {}", missing.usage);
}

std::string words(const chat::TooManyCommands& commands) {
  return fmt::format("More than {} commands at once: the rest was not done.", commands.limit);
}

std::string words(const chat::BadNick&) {
  return "A nickname is at most 24 letters and digits, with - _ . after the first: /nick NAME";
}

std::string words(const chat::BadRoomName&) {
  return "A room's name is at most 32 letters and digits, with - _ . after the first: /join ROOM";
}

std::string words(const chat::NickInUse& in_use) {
  return fmt::format("{} is taken, or looks like one that is. Choose another: /nick NAME",
                     in_use.nick);
}

std::string words(const chat::LineTooLong& too_long) {
  return fmt::format("Too long, not sent: {} bytes with your name, {} at most.", too_long.bytes,
                     too_long.limit);
}

std::string words(const chat::ServerFull& full) {
  return fmt::format("The server is full ({} guests). Try again later.", full.limit);
}

std::string words(const chat::TooManyRooms& rooms) {
  return fmt::format("There are {} rooms already, no more can be opened. Join one that exists.",
                     rooms.limit);
}

std::string words(const chat::RoomFrozen&) {
  return "Not sent: this room is for reading only at the moment.";
}

std::string words(const chat::TooFast&) { return "Too fast, not sent. Wait a moment."; }

std::string words(const chat::Muted&) { return "Not sent: you are muted for a while."; }

std::string words(const chat::LooksLikeOurs&) {
  return "Not sent: it begins like a line of this server's. Put something before it.";
}

std::string words(const chat::TooManyFromThere&) {
  return "Too many guests come from where you are. Close one, or wait a minute.";
}

std::string words(const chat::Welcome& welcome) {
  const std::string_view greeting = welcome.back ? "Welcome back to" : "Welcome to";
  const std::string as = welcome.nick ? fmt::format(" as {}", *welcome.nick) : "";
  const std::string lost =
      welcome.lost_nick ? fmt::format(" {} is somebody else now.", *welcome.lost_nick) : "";
  return fmt::format("{} {}{}: {}, nothing is kept.{} /help lists the commands.", greeting,
                     welcome.room.text, as, with_others(welcome.others), lost);
}

std::string words(const chat::Joined& joined) {
  return fmt::format("You are in {}: {}, nothing is kept.", joined.room.text,
                     with_others(joined.others));
}

std::string words(const chat::NickTaken& taken) {
  return fmt::format("You are {} now.", taken.shown);
}

std::string words(const chat::Present& present) {
  constexpr std::size_t kRoomForTheRest = sizeof("-- , and 18446744073709551615 more\n");
  std::string line = fmt::format("In {}, {} here:", present.room.text, present.here);
  for (std::size_t i = 0; i < present.names.size(); ++i) {
    const std::string name = fmt::format("{} {}{}", i == 0 ? "" : ",", present.names[i],
                                         present.names[i] == present.you ? " (you)" : "");
    if (line.size() + name.size() + kRoomForTheRest > kPlainDatagramBytes) {
      return line + fmt::format(", and {} more", present.here - i);
    }
    line += name;
  }
  if (present.here > present.names.size()) {
    line += fmt::format(", and {} more", present.here - present.names.size());
  }
  return line;
}

std::string words(const chat::HelpText&) {
  return "/nick NAME  take a name        /join ROOM  go to a room, new or not\n"
         "/who        who is here        /me TEXT    say what you do\n"
         "/quit       leave              //text      a text that begins with a slash\n"
         "Anything else is sent to everybody in your room.";
}

std::string words(const chat::IdleWarning& warning) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(warning.left).count();
  return fmt::format("Are you there? Without a word from you, you go offline in {} s.", seconds);
}

std::string words(const chat::Farewell& farewell) {
  switch (farewell.why) {
    case chat::Farewell::Why::kQuit:
      return "Goodbye. Write anything to come back.";
    case chat::Farewell::Why::kIdle:
      return "You are offline now: nothing was heard from you. Write anything to come back.";
    case chat::Farewell::Why::kKicked:
      return "You were shown the door.";
    case chat::Farewell::Why::kClosing:
      return "The server is closing. Goodbye.";
  }
  return {};
}

std::string words(const chat::Refused& refused) {
  return std::visit([](const auto& why) { return words(why); }, refused.refusal);
}

std::string words(const chat::Gap& gap) {
  return fmt::format("Messages {} to {} are lost to you: the way to you was too slow.",
                     gap.from.value, gap.to.value);
}

}  // namespace

std::string encode_notice(const chat::Event& event) {
  std::string notice(kNoticeMark);
  for (const char c : std::visit([](const auto& what) { return words(what); }, event)) {
    notice += c;
    if (c == '\n') notice += kNoticeMark;
  }
  notice += '\n';
  return notice;
}

}  // namespace palabre::wire
