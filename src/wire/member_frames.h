#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "chat/command.h"
#include "chat/event.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "chat/member.h"
#include "chat/message.h"

namespace palabre::wire {

// The members' protocol, as the server speaks it: palabre.proto to commands, events to
// palabre.proto. docs/protocol.md.

/// A member's answer to the challenge; whether it is good is the guard's to say.
struct LoginProof {
  chat::MemberKey key;
  std::array<std::uint8_t, 32> nonce{};
  std::array<std::uint8_t, 64> signature{};
  std::optional<chat::Nick> nick;  ///< nothing: none was wanted
};
struct Ping {};

/// A command, made safe; what it says that is no good is `chat::NotUnderstood`. A kind that this
/// version does not know is none of the others, and is ignored.
struct Asked {
  chat::Tag tag;
  std::variant<std::monostate, LoginProof, Ping, chat::Request> what;
};

/// What the body of a frame asks for, at this moment of the wall clock. Nothing: it is no command
/// at all, and its sender no client.
std::optional<Asked> decode_command(std::string_view body, WallTime at);

/// Of a page of the past, whatever is asked for.
inline constexpr std::uint32_t kMostPageMessages = 200;

/// Events that members are not told, for their protocol has no need of them: they come by numbers
/// and cursors to what these say in words. Any other has a frame.
using GuestsOnly = std::tuple<chat::Welcome, chat::HelpText, chat::IdleWarning, chat::AcksSet,
                              chat::Rereading, chat::Gap, chat::MoreToRead>;

// All of these are whole frames.

std::string encode_challenge(std::span<const std::uint8_t> nonce, std::string_view server);
/// Empty for an event of `GuestsOnly`. `end`: where the log of a room ends that has been entered;
/// of no meaning to other events.
std::string encode_event(const chat::Event& event, chat::Tag tag, chat::Cursor end = {});
std::string encode_message(chat::RoomId room, chat::Number number, const chat::Message& message,
                           WallTime kept_at);
std::string encode_gap(chat::RoomId room, const chat::Missing& missing);
/// The cursor that a session came with is of another life of the room.
std::string encode_new_log(chat::RoomId room, chat::Number had);
/// A page of the past: as many of the entries as fit, from the first on.
std::string encode_past(const chat::Slice& slice, std::uint32_t most, chat::Tag tag);
std::string encode_pong(chat::Tag tag);

}  // namespace palabre::wire
