#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "wire/promise.h"
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

std::string words(const chat::BadNumber& bad) {
  return fmt::format("That is no number of messages: {}", bad.usage);
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

/// ` ID`, for a message that has one. It is left out where it is empty: a program knows which is
/// meant.
std::string named(const std::optional<chat::MessageId>& id) {
  return id && !id->text.empty() ? " " + id->text : "";
}

std::string words(const chat::LineTooLong& too_long) {
  if (too_long.id) {
    return fmt::format("Not sent{}: too long, {} bytes with your name, {} at most.",
                       named(too_long.id), too_long.bytes, too_long.limit);
  }
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

std::string words(const chat::LooksLikeRoom& looks) {
  return fmt::format(
      "{} is not opened: it looks like {}, which is another room. Choose a name "
      "that does not.",
      looks.room.text, looks.other.text);
}

std::string words(const chat::RoomFrozen& frozen) {
  return fmt::format("Not sent{}: this room is for reading only at the moment.", named(frozen.id));
}

std::string_view cause(chat::Trouble trouble) {
  switch (trouble) {
    case chat::Trouble::kDiskFull:
      return "the server's disk is full. Try again later.";
    case chat::Trouble::kDiskFailing:
      return "the server's disk fails. Try again later.";
    case chat::Trouble::kLocked:
      return "another program is at the server's log. Try again in a moment.";
    case chat::Trouble::kTooManyRooms:
      return "the server keeps no more rooms. Join one that is kept.";
    case chat::Trouble::kTooMuchWaits:
      return "too many messages wait for the disk. Try again in a moment.";
    case chat::Trouble::kDamagedRegistry:
      return "the server's list of members is damaged. Ask who runs it.";
    case chat::Trouble::kDamagedId:
      return "what was kept under this ID is damaged. Use another ID.";
    case chat::Trouble::kBarred:
      return "it is not allowed at the moment.";
  }
  return {};
}

std::string words(const chat::CannotKeep& cannot) {
  return fmt::format("Not sent{}: {}", named(cannot.id), cause(cannot.trouble));
}

std::string words(const chat::NothingKept& nothing) {
  return fmt::format("{} keeps nothing: what was said there is gone.", nothing.room.text);
}

std::string words(const chat::BadMessageId&) {
  return "An ID is 1 to 64 characters of ASCII, without blanks: /post ID TEXT";
}

std::string words(const chat::NothingSaid& nothing) {
  return fmt::format("Not sent{}: there is nothing in it.", named(nothing.id));
}

std::string words(const chat::TooFast&) { return "Too fast, not sent. Wait a moment."; }

std::string words(const chat::Muted& muted) {
  return fmt::format("Not sent{}: you are muted for a while.", named(muted.id));
}

std::string words(const chat::NotFromHere&) {
  return "This server admits members from its own networks only, and your address is outside of "
         "them. Ask who runs it.";
}

std::string words(const chat::LooksLikeOurs&) {
  return "Not sent: it begins like a line of this server's. Put something before it.";
}

std::string words(const chat::TooManyFromThere&) {
  return "Too many guests come from where you are. Close one, or wait a minute.";
}

std::string words(const chat::NotLoggedIn&) {
  return "The proof of your key is wrong: nobody else's session can be taken over.";
}

std::string words(const chat::NickMissing&) {
  return "Your key has no nickname here yet. Choose one: --nick NAME";
}

std::string words(const chat::TooManyNicks& nicks) {
  return fmt::format("A member has {} nicknames at most, for good: take one of yours.",
                     nicks.limit);
}

std::string words(const chat::TooManyRenames& renames) {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(renames.wait).count();
  return fmt::format("You have changed your nickname too often. Try again in {} min.", minutes);
}

std::string words(const chat::StillStarting& starting) {
  return fmt::format(
      "Not done{}: the server is starting, and has not read yet who is who. Try again in a moment.",
      named(starting.id));
}

std::string words(const chat::NotInvited& not_invited) {
  using Why = chat::NotInvited::Why;
  const std::string_view room = not_invited.room.text;
  switch (not_invited.why) {
    case Why::kNoInvite:
      return fmt::format("{} is by invitation: ask who runs it for an invite.", room);
    case Why::kUnknown:
      return fmt::format("{} is by invitation, and nobody made this invite. Ask for one.", room);
    case Why::kSpent:
      return fmt::format("{} is by invitation, and this invite is used up. Ask for another.", room);
    case Why::kExpired:
      return fmt::format("{} is by invitation, and this invite is over. Ask for another.", room);
    case Why::kOtherRoom:
      return fmt::format("{} is by invitation, and this invite is for another room.", room);
    case Why::kGuest:
      return fmt::format("{} is by invitation: guests cannot enter. Come with palabre chat.", room);
  }
  return {};
}

std::string words(const chat::NoSuchMember& nobody) {
  return fmt::format("{} is no member here: only members have rooms for two.",
                     shortened(nobody.nick));
}

std::string words(const chat::NotJoined& not_joined) {
  return fmt::format("Not done{}: you are not in {}.", named(not_joined.id), not_joined.room);
}

std::string words(const chat::InTooManyRooms& rooms) {
  return fmt::format("You are in {} rooms already. Leave one first.", rooms.limit);
}

std::string words(const chat::MembersOnly& members) {
  return fmt::format("{} is for members: come with palabre chat.", members.what);
}

std::string words(const chat::OneRoomOnly& one_room) {
  return fmt::format("{} is for those who are in one room at a time.", one_room.what);
}

std::string words(const chat::AlwaysInOneRoom&) {
  return "You are always in one room: go to another with /join ROOM";
}

std::string words(const chat::RoomNotNamed& unnamed) {
  return fmt::format("Not done{}: say in which room.", named(unnamed.id));
}

std::string words(const chat::NotRecorded& not_recorded) {
  return fmt::format("Not done: {}", cause(not_recorded.trouble));
}

std::string words(const chat::Welcome& welcome) {
  const std::string_view greeting = welcome.back ? "Welcome back to" : "Welcome to";
  const std::string as = welcome.nick ? fmt::format(" as {}", *welcome.nick) : "";
  const std::string lost =
      welcome.lost_nick ? fmt::format(" {} is somebody else now.", *welcome.lost_nick) : "";
  return fmt::format("{} {}{}: {}, {}.{} /help lists the commands.", greeting, welcome.room.text,
                     as, with_others(welcome.others), in_words(welcome.promise), lost);
}

std::string words(const chat::Joined& joined) {
  return fmt::format("You are in {}: {}, {}.", joined.name, with_others(joined.others),
                     in_words(joined.promise));
}

std::string words(const chat::NickTaken& taken) {
  return fmt::format("You are {} now.", taken.shown);
}

std::string words(const chat::Present& present) {
  constexpr std::size_t kRoomForTheRest = sizeof("-- , and 18446744073709551615 more\n");
  std::string line = fmt::format("In {}, {} here:", present.room.text, present.here);
  for (std::size_t i = 0; i < present.people.size(); ++i) {
    const chat::Present::Person& person = present.people[i];
    const std::string name = fmt::format("{} {}{}{}", i == 0 ? "" : ",", person.name,
                                         person.name == present.you ? " (you)" : "",
                                         person.away.empty() ? "" : " (away)");
    if (line.size() + name.size() + kRoomForTheRest > kPlainDatagramBytes) {
      return line + fmt::format(", and {} more", present.here - i);
    }
    line += name;
  }
  if (present.here > present.people.size()) {
    line += fmt::format(", and {} more", present.here - present.people.size());
  }
  return line;
}

std::string words(const chat::HelpText&) {
  return "/nick NAME  take a name        /join ROOM  go to a room, new or not\n"
         "/who        who is here        /me TEXT    say what you do\n"
         "/history N  the last N again   /from N     from message N on\n"
         "/ack on     with numbers       /post ID TEXT  a script's: said once, answered\n"
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
    case chat::Farewell::Why::kReplaced:
      return "You are online from too many devices; this one was first, and goes.";
  }
  return {};
}

/// For programs, and so without the mark.
std::string encode(const chat::Acknowledged& kept) {
  return kept.id ? fmt::format("#{} {}\n", kept.number.value, kept.id->text)
                 : fmt::format("#{}\n", kept.number.value);
}

std::string words(const chat::Acknowledged& kept) { return encode(kept); }

std::string words(const chat::Refused& refused) {
  return std::visit([](const auto& why) { return words(why); }, refused.refusal);
}

std::string words(const chat::AcksSet& set) {
  if (!set.on) return "Numbers are off.";
  return fmt::format("Numbers are on: each message of yours is answered #NUMBER once it is {}.",
                     set.kept ? "kept" : "in the log; this room keeps nothing");
}

std::string words(const chat::Rereading& what) {
  if (what.to.value == 0) return "Nothing was said here yet.";
  if (what.to < what.from) return fmt::format("Not yet: the last is #{}.", what.to.value);
  return fmt::format("Here is #{} to #{}:", what.from.value, what.to.value);
}

std::string words(const chat::Gap& gap) {
  const auto& [from, to, why] = gap.missing;
  const std::string which = from == to ? fmt::format("Message {} is", from.value)
                                       : fmt::format("Messages {} to {} are", from.value, to.value);
  switch (why) {
    case chat::Missing::Why::kNotKept:
      return fmt::format("{} lost to you: the way to you was too slow.", which);
    case chat::Missing::Why::kExpired:
      return fmt::format("{} kept no longer.", which);
    case chat::Missing::Why::kDamaged:
      return fmt::format("{} damaged on the server's disk, and not shown.", which);
    case chat::Missing::Why::kUnread:
      return fmt::format("{} not to be read at the moment. Ask again: /from {}", which, from.value);
  }
  return {};
}

std::string words(const chat::MoreToRead& more) {
  return fmt::format("There is more: /from {}", more.from.value);
}

// What only members are told goes out as frames; these words are for whoever shows it as text.

std::string words(const chat::LoggedIn& logged_in) {
  return fmt::format("Welcome, {}.", logged_in.nick);
}

std::string words(const chat::HasLeft&) { return "You have left."; }

std::string words(const chat::AwaySet& set) {
  return set.note.empty() ? "You are here." : fmt::format("You are away: {}", set.note);
}

}  // namespace

std::string in_words(const chat::Event& event) {
  return std::visit([](const auto& what) { return words(what); }, event);
}

std::string encode_number(chat::Number number) { return fmt::format("#{} ", number.value); }

std::string encode_notice(const chat::Event& event) {
  if (const auto* kept = std::get_if<chat::Acknowledged>(&event)) return encode(*kept);
  std::string notice(kNoticeMark);
  for (const char c : in_words(event)) {
    notice += c;
    if (c == '\n') notice += kNoticeMark;
  }
  notice += '\n';
  return notice;
}

}  // namespace palabre::wire
