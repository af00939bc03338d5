#include "wire/refusals.h"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

#include "base/time_text.h"
#include "wire/orders.h"
#include "wire/refusals_of_orders.h"

// The texts of all refusals.

namespace palabre::wire {
namespace {

std::string words(const chat::UnknownCommand& unknown) {
  return fmt::format(
      "{} is no command here, nothing was sent. /help lists them; // begins a text with a slash.",
      shortened(unknown.name));
}

std::string words(const chat::MissingArgument& missing) {
  return fmt::format("Something is missing: {}", missing.usage);
}

std::string words(const chat::BadNumber& bad) {
  return fmt::format("That is not a valid number: {}", bad.usage);
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
  if (in_use.is_reserved) {
    return fmt::format("{} is reserved, so that nobody can pose as it. Choose another: /nick NAME",
                       in_use.nick);
  }
  return fmt::format("{} is taken, or looks like one that is. Choose another: /nick NAME",
                     in_use.nick);
}

/// ` ID` for a message that has one. Empty if the id is empty: then the program knows which message
/// is meant.
std::string named(const std::optional<chat::MessageId>& id) {
  return id && !id->text.empty() ? " " + id->text : "";
}

std::string words(const chat::LineTooLong& too_long) {
  const std::string_view with = too_long.has_author ? " with your name" : "";
  if (too_long.id) {
    return fmt::format("Not sent{}: too long, {} bytes{}, {} at most.", named(too_long.id),
                       too_long.bytes, with, too_long.limit);
  }
  return fmt::format("Too long, not sent: {} bytes{}, {} at most.", too_long.bytes, with,
                     too_long.limit);
}

std::string words(const chat::ServerFull& full) {
  return fmt::format("The server is full ({} {}). Try again later.", full.limit,
                     full.of_members ? "members" : "guests");
}

std::string words(const chat::TooManyRooms& rooms) {
  if (rooms.from_there) {
    return "Too many rooms are open from your network, no more can be opened. Join one that "
           "exists.";
  }
  return fmt::format("There are {} rooms already, no more can be opened. Join one that exists.",
                     rooms.limit);
}

std::string words(const chat::RoomFrozen& frozen) {
  return fmt::format("Not sent{}: this room is for reading only at the moment.", named(frozen.id));
}

std::string_view cause(chat::Trouble trouble) {
  switch (trouble) {
    case chat::Trouble::kDiskFull:
      return "the server's disk is full. Try again later.";
    case chat::Trouble::kDiskFailing:
      return "the server's disk is failing. Try again later.";
    case chat::Trouble::kLocked:
      return "another program has locked the server's log. Try again in a moment.";
    case chat::Trouble::kTooManyRooms:
      return "the server keeps no more rooms. Join one that is kept.";
    case chat::Trouble::kTooMuchWaits:
      return "too many messages wait for the disk. Try again in a moment.";
    case chat::Trouble::kAfterAnother:
      return "a message of yours before it has to go first. Send that one again.";
    case chat::Trouble::kRegistryFull:
      return "the server has no place for one more. Ask who runs it.";
    case chat::Trouble::kDamagedRegistry:
      return "the server's list of members is damaged. Ask who runs it.";
    case chat::Trouble::kNotReadBack:
      return "it cannot be kept as it is written. Write it in other words.";
    case chat::Trouble::kDamagedId:
      return "what was kept under this ID is damaged. Use another ID.";
    case chat::Trouble::kRoomFull:
      return "the room is full, and you have the largest share of it.";
    case chat::Trouble::kAllFull:
      return "the server keeps no more at the moment. Try again later.";
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

std::string words(const chat::LooksLikeOurs&) {
  return "Not sent: it begins like a line of this server's. Put something before it.";
}

std::string words(const chat::NotFromHere&) {
  return "This server admits members from its own networks only, and your address is outside of "
         "them. Ask who runs it.";
}

std::string words(const chat::LooksLikeRoom& looks) {
  return fmt::format(
      "{} is not opened: it looks like {}, which is another room. Choose a name "
      "that does not.",
      looks.room.text, looks.other.text);
}

std::string words(const chat::TooManyFromThere&) {
  return "Too many guests come from where you are. Close one, or wait a minute.";
}

std::string words(const chat::NotLoggedIn& not_logged_in) {
  using Why = chat::NotLoggedIn::Why;
  switch (not_logged_in.why) {
    case Why::kNotYet:
      return "Not done: log in first.";
    case Why::kAlready:
      return "You are logged in; a connection has one login.";
    case Why::kWrongProof:
      break;
  }
  return "Login refused: the proof of your key is not valid on this connection.";
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
      "Not done{}: the server is starting and has not read its list of members yet. Try again in a "
      "moment.",
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
    case Why::kRevoked:
      return fmt::format("{} is by invitation, and this invite was taken back. Ask for another.",
                         room);
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

std::string words(const chat::NoOtherMember&) {
  return "That is you: a room for two is with somebody else.";
}

std::string words(const chat::TooManyDirects&) {
  return "No more rooms for two: one of you, or the server, has reached the limit.";
}

std::string words(const chat::NotInPrivate& refused) {
  using Why = chat::NotInPrivate::Why;
  const std::string_view nick = shortened(refused.nick);
  switch (refused.why) {
    case Why::kNotAccepted:
      return fmt::format("Not sent{}: {} has {} messages of yours, and reads more once it accepts.",
                         named(refused.id), nick, refused.limit);
    case Why::kManyAsked:
      return fmt::format("You have asked {} members who have not accepted yet; wait for one.",
                         refused.limit);
    case Why::kHasNotAsked:
      return fmt::format("{} has not asked to write to you; /msg {} TEXT writes.", nick, nick);
    case Why::kIsBlocked:
      return fmt::format("You have blocked {}: /unblock {} first.", nick, nick);
    case Why::kTooManyBlocked:
      break;
  }
  return fmt::format("You have blocked {} members, no more can be: /unblock one first.",
                     refused.limit);
}

std::string words(const chat::NoSuchInvite&) { return "There is no such invite."; }

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

std::string because(const std::string& why) { return why.empty() ? "" : " Reason: " + why; }

std::string words(const chat::Banned& banned) {
  const std::string time = banned.left ? " for " + show_time(*banned.left) : "";
  return fmt::format("You are banned from {}{}.{}",
                     banned.room.empty() ? "this server" : banned.room, time, because(banned.why));
}

std::string words(const chat::NotYourTurn& turn) {
  return fmt::format("Not sent{}: one message each {} s here; you may go on in {} s.",
                     named(turn.id), turn.every, turn.wait);
}

std::string words(const chat::PutOut& out) {
  return fmt::format("An operator has put you out of {}.{}", out.room, because(out.why));
}

std::string words(const chat::BadTime& time) {
  return fmt::format("{} is no time: write 30s, 10m, 2h or 1d, at most 365d, or good.",
                     time.written.empty() ? "That" : shortened(time.written));
}

std::string words(const chat::TooMuchTaken& taken) {
  const std::string wait = show_time(std::chrono::ceil<std::chrono::seconds>(taken.wait));
  switch (taken.good) {
    case chat::Good::kKey:
      return fmt::format("Too many new members come from your network. Try again in {}.", wait);
    case chat::Good::kNick:
      return fmt::format("Too many new nicknames come from your network. Try again in {}.", wait);
    case chat::Good::kRoomOpened:
      return fmt::format("You have opened too many rooms. Try again in {}.", wait);
    case chat::Good::kRoomKept:
      return fmt::format("Not sent{}: you have begun too many rooms. Try again in {}.",
                         named(taken.id), wait);
    case chat::Good::kDirect:
      return fmt::format("You have opened too many rooms for two. Try again in {}.", wait);
    case chat::Good::kPage:
      return fmt::format("You read the past too fast. Try again in {}.", wait);
  }
  return {};
}

std::string words(const chat::NotRegistered& key) {
  switch (key.rule) {
    case chat::Registration::kInvited:
      return "New members come here by invitation: ask somebody for a link with an invite.";
    case chat::Registration::kApproved:
      return fmt::format("An operator approves new members here. Ask one for: /approve {}",
                         to_text(key.key));
    default:
      return "This server takes no new members.";
  }
}

std::string words(const chat::NotRecorded& not_recorded) {
  return fmt::format("Not done: {}", cause(not_recorded.trouble));
}

}  // namespace

std::string refusal_words(const chat::Refusal& refusal) {
  return std::visit([](const auto& why) { return words(why); }, refusal);
}

}  // namespace palabre::wire
