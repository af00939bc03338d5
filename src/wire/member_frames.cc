#include "wire/member_frames.h"

#include <algorithm>
#include <utility>

#include "wire/clean.h"
#include "wire/frames.h"
#include "wire/invite.h"
#include "wire/names.h"
#include "wire/orders.h"
#include "wire/palabre.pb.h"
#include "wire/text.h"

namespace palabre::wire {
namespace {

using chat::Request;
using What = decltype(Asked::what);

template <typename Refusal>
Request not_understood(Refusal refusal) {
  return chat::NotUnderstood{std::move(refusal)};
}

/// A room's name, or `@NICK`.
std::optional<chat::RoomRef> parse_room(const std::string& text) {
  const std::string safe = clean(text).text;
  if (safe.starts_with('@')) {
    const auto nick = parse_nick(std::string_view(safe).substr(1));
    return nick ? std::optional<chat::RoomRef>(chat::Direct{*nick}) : std::nullopt;
  }
  const auto name = parse_room_name(safe);
  return name ? std::optional<chat::RoomRef>(*name) : std::nullopt;
}

/// False: `bytes` has another length.
template <std::size_t kSize>
bool copy(const std::string& bytes, std::array<std::uint8_t, kSize>& to) {
  if (bytes.size() != kSize) return false;
  std::copy(bytes.begin(), bytes.end(), to.begin());
  return true;
}

/// An invalid token is treated as an unknown invite.
std::optional<chat::InviteHash> read_invite(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto token = parse_invite_token(text);
  return token ? hash_of(*token) : chat::InviteHash{};
}

What read(const proto::Login& login) {
  LoginProof proof;
  if (!copy(login.key(), proof.key.bytes) || !copy(login.nonce(), proof.nonce) ||
      !copy(login.signature(), proof.signature)) {
    return not_understood(chat::NotLoggedIn{chat::NotLoggedIn::Why::kWrongProof});
  }
  if (!login.nick().empty()) {
    proof.nick = parse_nick(clean(login.nick()).text);
    if (!proof.nick) return not_understood(chat::BadNick{});
  }
  proof.invite = read_invite(login.invite());
  return proof;
}

What read(const proto::Join& join, WallTime at) {
  auto room = parse_room(join.room());
  if (!room) return not_understood(chat::BadRoomName{});
  chat::Join asked{*std::move(room), {}, std::nullopt, at};
  if (join.has_after()) {
    asked.start.after = chat::Cursor{{join.after().log()}, {join.after().number()}};
  }
  asked.start.last = join.last();
  asked.invite = read_invite(join.invite());
  return Request(std::move(asked));
}

What read(const proto::Leave& leave) {
  auto room = parse_room(leave.room());
  if (!room) return not_understood(chat::BadRoomName{});
  return Request(chat::Leave{*std::move(room)});
}

What read(const proto::Post& post) {
  if (!is_message_id(post.id())) return not_understood(chat::BadMessageId{});
  chat::MessageId id{post.id()};
  auto room = parse_room(post.room());
  if (!room) return not_understood(chat::NotJoined{clean(post.room()).text, std::move(id)});
  const auto kind = post.kind() == proto::ACTION ? chat::Kind::kAction : chat::Kind::kText;
  std::string text = clean(post.text()).text;
  text.resize(text.find_last_not_of('\n') + 1);
  if (is_blank(text)) return not_understood(chat::NothingSaid{std::move(id)});
  return Request(chat::Post{*std::move(room), kind, std::move(text), std::move(id)});
}

What read(const proto::TakeNick& take) {
  auto nick = parse_nick(clean(take.nick()).text);
  if (!nick) return not_understood(chat::BadNick{});
  return Request(chat::TakeNick{*std::move(nick)});
}

What read(const proto::Who& who) {
  auto room = parse_room(who.room());
  if (!room) return not_understood(chat::BadRoomName{});
  return Request(chat::Who{*std::move(room)});
}

What read(const proto::Read& page) {
  auto room = parse_room(page.room());
  if (!room) return not_understood(chat::BadRoomName{});
  const std::uint32_t count = std::clamp<std::uint32_t>(page.count(), 1, kMostPageMessages);
  return Request(chat::ReadPast{*std::move(room), chat::ReadPast::Page{{page.after()}, count}});
}

What read(const proto::SetAway& set) {
  constexpr std::size_t kMostBytes = 200;
  std::string note = clean_line(set.note());
  note.resize(std::min(note.size(), kMostBytes));
  return Request(chat::SetAway{clean(note).text});  // the cut may have split a character
}

What read(const proto::SetTopic& set) {
  auto room = parse_room(set.room());
  if (!room) return not_understood(chat::BadRoomName{});
  return Request(chat::SetTopic{*std::move(room), clean_line(set.text())});
}

What read(const proto::Contact& contact) {
  const auto what = contact_of(contact.what());
  if (!what) return not_understood(chat::UnknownCommand{"Contact"});
  if (is_list(*what)) return Request(chat::Contact{*what, {}});
  auto nick = parse_nick(clean(contact.nick()).text);
  if (!nick) return not_understood(chat::BadNick{});
  return Request(chat::Contact{*what, *std::move(nick)});
}

What read(const proto::Operate& operate) {
  auto parsed = parse_order(clean_line(operate.line()));
  if (auto* const refusal = std::get_if<chat::Refusal>(&parsed)) {
    return not_understood(std::move(*refusal));
  }
  auto& order = std::get<chat::Order>(parsed);
  if (!operate.room().empty()) {
    order.room = parse_room(operate.room());
    if (!order.room) return not_understood(chat::BadRoomName{});
  }
  return Request(std::move(order));
}

// Requests of a client that one command asks for, and the event that answers them.

int fill_in(proto::Command& command, const chat::TakeNick& take) {
  command.mutable_take_nick()->set_nick(take.nick.shown);
  return proto::Event::kNickTaken;
}

int fill_in(proto::Command& command, const chat::SetTopic& set) {
  command.mutable_set_topic()->set_room(written(set.room.value()));
  command.mutable_set_topic()->set_text(set.text);
  return proto::Event::kRoomChanged;
}

int fill_in(proto::Command& command, const chat::Contact& contact) {
  command.mutable_contact()->set_what(static_cast<proto::Contact::What>(to_number(contact.what)));
  if (contact.with) command.mutable_contact()->set_nick(contact.with->shown);
  return proto::Event::kContacts;
}

int fill_in(proto::Command& command, const chat::Order& order) {
  if (order.room) command.mutable_operate()->set_room(written(*order.room));
  command.mutable_operate()->set_line(to_line(order));
  return proto::Event::kRuled;
}

constexpr std::pair<proto::Contact::What, chat::Contact::What> kContacts[] = {
    {proto::Contact::ACCEPT, chat::Contact::What::kAccept},
    {proto::Contact::BLOCK, chat::Contact::What::kBlock},
    {proto::Contact::UNBLOCK, chat::Contact::What::kUnblock},
    {proto::Contact::REQUESTS, chat::Contact::What::kRequests},
    {proto::Contact::BLOCKED, chat::Contact::What::kBlocked}};

}  // namespace

std::optional<chat::Contact::What> contact_of(int what) {
  for (const auto& [proto, chat] : kContacts) {
    if (proto == what) return chat;
  }
  return std::nullopt;
}

int to_number(chat::Contact::What what) {
  for (const auto& [proto, chat] : kContacts) {
    if (chat == what) return proto;
  }
  return proto::Contact::NOTHING;
}

std::optional<Asked> decode_command(std::string_view body, WallTime at) {
  proto::Command command;
  if (!command.ParseFromArray(body.data(), static_cast<int>(body.size()))) return std::nullopt;
  Asked asked{{command.tag()}, {}};
  switch (command.what_case()) {
    case proto::Command::kLogin:
      asked.what = read(command.login());
      break;
    case proto::Command::kJoin:
      asked.what = read(command.join(), at);
      break;
    case proto::Command::kLeave:
      asked.what = read(command.leave());
      break;
    case proto::Command::kPost:
      asked.what = read(command.post());
      break;
    case proto::Command::kTakeNick:
      asked.what = read(command.take_nick());
      break;
    case proto::Command::kWho:
      asked.what = read(command.who());
      break;
    case proto::Command::kRead:
      asked.what = read(command.read());
      break;
    case proto::Command::kSetAway:
      asked.what = read(command.set_away());
      break;
    case proto::Command::kSetTopic:
      asked.what = read(command.set_topic());
      break;
    case proto::Command::kOperate:
      asked.what = read(command.operate());
      break;
    case proto::Command::kContact:
      asked.what = read(command.contact());
      break;
    case proto::Command::kPing:
      asked.what = Ping{};
      break;
    case proto::Command::kQuit:
      asked.what = Request(chat::Quit{});
      break;
    case proto::Command::WHAT_NOT_SET:
      break;
  }
  return asked;
}

int fill(proto::Command& command, const chat::Request& request) {
  return std::visit(
      [&](const auto& one) {
        if constexpr (requires { fill_in(command, one); }) {
          return fill_in(command, one);
        } else {
          return 0;
        }
      },
      request);
}

}  // namespace palabre::wire
