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

#include "base/time.h"
#include "chat/command.h"
#include "chat/event.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "chat/member.h"
#include "chat/message.h"
#include "chat/number_ranges.h"

namespace palabre::proto {
class Command;
class RoomFacts;
}  // namespace palabre::proto

namespace palabre::wire {

// The members' protocol: decodes palabre.proto to commands and encodes events to palabre.proto, for
// the server; and what a client needs of the same values. docs/protocol-members.md.

/// A member's answer to the challenge. Not verified yet: see `wire::verify`.
struct LoginProof {
  chat::MemberKey key;
  std::array<std::uint8_t, 32> nonce{};
  std::array<std::uint8_t, 64> signature{};
  std::optional<chat::Nick> nick;  ///< nothing: no nickname was requested
  std::optional<chat::InviteHash> invite;
};
struct Ping {};

/// A decoded command, its text made safe. An invalid request is `chat::NotUnderstood`. A kind that
/// this version does not know is `std::monostate`, and is ignored.
struct Asked {
  chat::Tag tag;
  std::variant<std::monostate, LoginProof, Ping, chat::Request> what;
};

/// Decodes the body of a frame at the wall-clock time `at`. Nothing: it is no command, so the peer
/// is not a client.
std::optional<Asked> decode_command(std::string_view body, WallTime at);

/// Limit of messages in a page of the past, whatever count is requested.
inline constexpr std::uint32_t kMostPageMessages = 200;

/// Events that are not sent to members: numbers and cursors tell a member's client what these say
/// in words. Every other event has a frame.
using GuestsOnly = std::tuple<chat::Welcome, chat::HelpText, chat::IdleWarning, chat::AcksSet,
                              chat::Rereading, chat::Gap, chat::MoreToRead>;

/// For a client: the facts that a server tells, made safe to show.
chat::RoomFacts facts_of(const proto::RoomFacts& facts);
/// For a client: fills the command that asks for `request`. Returns the `proto::Event::WhatCase`
/// that answers it, besides `Refused`; 0 if no command asks for it by itself.
int fill(proto::Command& command, const chat::Request& request);

/// A `proto::Contact::What`, and back; nothing: not known.
std::optional<chat::Contact::What> contact_of(int what);
int to_number(chat::Contact::What what);

// All of these return whole frames.

std::string encode_challenge(std::span<const std::uint8_t> nonce, std::string_view server);
/// Empty for an event of `GuestsOnly`. `end` is the end of the log of the room in `chat::Joined`;
/// other events ignore it.
std::string encode_event(const chat::Event& event, chat::Tag tag, chat::Cursor end = {});
std::string encode_message(chat::RoomId room, chat::Number number, const chat::Message& message,
                           WallTime kept_at);
std::string encode_gap(chat::RoomId room, const chat::Missing& missing);
std::string encode_removed(chat::RoomId room, const chat::NumberRanges& removed);
/// The session's cursor, at number `had`, is of another log of the room.
std::string encode_new_log(chat::RoomId room, chat::Number had);
/// A page of the past: the first entries of the slice, as many as fit, with at most `most`
/// messages.
std::string encode_past(const chat::Slice& slice, std::uint32_t most, chat::Tag tag);
std::string encode_pong(chat::Tag tag);
/// A post is taken after `next`, then one after each `every`. Rounded up to milliseconds; at most
/// 49 days.
std::string encode_slowed(Duration next, Duration every);

}  // namespace palabre::wire
