#pragma once

#include <sodium/crypto_sign.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/pin.h"
#include "chat/history.h"
#include "chat/hub.h"
#include "drivers/socket_driver.h"
#include "guard/gate.h"
#include "link/link.h"
#include "server/doors/frames/frames_door.h"
#include "server/house.h"
#include "wire/frames.h"
#include "wire/login.h"
#include "wire/palabre.pb.h"

// A whole server but for socket, clock and QUIC: members come over links that do as they are told.

namespace palabre::server {

/// What is sent waits here until the other end takes it.
class FakeLink final : public link::Link {
 public:
  explicit FakeLink(std::uint8_t number) : at(*Address::parse("10.0.0.9", 4000U + number)) {
    exporter_.fill(number);
  }

  void send(link::Chunk bytes) override { sent += *bytes; }
  std::size_t room() const override {
    const std::size_t used = sent.size() - taken;
    was_full |= used >= window;
    return window - std::min(window, used);
  }
  void send_unreliably(std::string_view /*bytes*/) override {}
  void consumed(std::size_t bytes) override { credit += bytes; }
  void close(std::uint64_t code, std::string_view why) override {
    if (!closed) closed = link::LinkUser::Closed{false, code, std::string(why)};
  }
  const Exporter& exporter() const override { return exporter_; }
  Address peer() const override { return at; }

  Address at;
  std::size_t window = std::size_t{64} << 10;
  std::string sent;
  std::size_t taken = 0;   ///< of `sent`, by the other end
  std::size_t credit = 0;  ///< bytes that were dealt with
  std::optional<link::LinkUser::Closed> closed;
  mutable bool was_full = false;  ///< and `on_room` is due

 private:
  Exporter exporter_{};
};

/// Its links are called about directly.
class NoCarrier final : public link::LinkCarrier {
 public:
  bool owns(std::string_view /*datagram*/) const override { return false; }
  void read(const link::Inbound& /*inbound*/, Instant /*now*/) override {}
  bool flush(link::DatagramSocket& /*socket*/, Instant /*now*/) override { return true; }
  std::optional<Instant> next_deadline() const override { return std::nullopt; }
  void on_deadline(Instant /*now*/) override {}
  void read_stray(const link::Inbound& /*inbound*/, Instant /*now*/) override {}
  void close_all(std::string_view /*why*/, Instant /*now*/) override {}
};

/// Keeps rooms in memory, also those that nobody is in. Answers when it is let.
class PagedHistory final : public chat::History {
 public:
  chat::Cursor open(chat::RoomId room, const chat::RoomName& name) override {
    names_[room] = name.text;
    return {{log}, {books_[name.text].size()}};
  }
  void close(chat::RoomId room) override { names_.erase(room); }
  void append(chat::Draft draft) override {
    ++appended;
    if (fails) {
      verdicts_.emplace_back(chat::NotKept{std::move(draft), chat::Trouble::kDiskFull});
      return;
    }
    auto& book = books_[names_.at(draft.room)];
    const WallTime at{1'000'000};
    if (draft.id) {
      const auto [first, is_new] =
          firsts_.try_emplace({draft.author, draft.id->text}, chat::Number{book.size() + 1});
      if (!is_new) {
        verdicts_.emplace_back(chat::Kept{std::move(draft), first->second, true, at, true});
        return;
      }
    }
    const chat::Number number{book.size() + 1};
    book.push_back({number, draft.message, at});
    verdicts_.emplace_back(chat::Kept{std::move(draft), number, false, at, true});
  }
  std::vector<chat::Verdict> take_verdicts() override {
    if (holds_verdicts) return {};
    return std::exchange(verdicts_, {});
  }
  void read(chat::RoomId room, chat::Number after, std::size_t most_bytes) override {
    ++reads;
    const auto& book = books_[names_.at(room)];
    chat::Slice slice{room, after, after, {}};
    if (unread > 0) {
      --unread;
      slice.up_to = {book.size()};
      slice.entries.emplace_back(
          chat::Missing{{after.value + 1}, slice.up_to, chat::Missing::Why::kUnread});
    }
    for (std::size_t bytes = 0; slice.up_to.value < book.size() && bytes < most_bytes;) {
      slice.entries.emplace_back(book[slice.up_to.value++]);
      bytes += book[slice.up_to.value - 1].message->text.size();
    }
    slices_.push_back(std::move(slice));
  }
  std::vector<chat::Slice> take_slices() override {
    if (holds_slices) return {};
    return std::exchange(slices_, {});
  }

  std::uint64_t log = 1;  ///< of rooms that are opened from now on
  bool fails = false;
  bool holds_verdicts = false;
  bool holds_slices = false;
  std::size_t unread = 0;  ///< so many of the next reads fail
  std::size_t reads = 0;
  std::size_t appended = 0;

 private:
  std::map<std::string, std::vector<chat::PastMessage>> books_;
  std::map<std::pair<std::string, std::string>, chat::Number> firsts_;  // by author and id
  std::map<chat::RoomId, std::string> names_;
  std::vector<chat::Verdict> verdicts_;
  std::vector<chat::Slice> slices_;
};

/// A member's, by a number.
struct MemberKeys {
  explicit MemberKeys(std::uint8_t member) {
    std::array<std::uint8_t, crypto_sign_SEEDBYTES> seed{};
    seed.fill(member);
    crypto_sign_seed_keypair(open.data(), secret.data(), seed.data());
  }
  proto::Command login(const wire::LoginTo& to, const std::string& nick) const {
    const auto message = wire::login_message(to);
    std::array<std::uint8_t, crypto_sign_BYTES> signature{};
    crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret.data());
    proto::Command command;
    command.set_tag(1);
    auto& login = *command.mutable_login();
    login.set_key(open.data(), open.size());
    login.set_nonce(to.client.bytes.data(), to.client.bytes.size());
    login.set_signature(signature.data(), signature.size());
    login.set_nick(nick);
    return command;
  }

  std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> open{};
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret{};
};

/// The events whose frames are whole, from `at` on, which is put forward.
inline std::vector<proto::Event> read_events(const std::string& bytes, std::size_t& at) {
  wire::FrameReader reader;
  reader.add(std::string_view(bytes).substr(at));
  std::vector<proto::Event> events;
  while (const auto body = reader.next()) {
    proto::Event& event = events.emplace_back();
    if (!event.ParseFromArray(body->data(), static_cast<int>(body->size()))) break;
    at += wire::encode_frame(event).size();
  }
  return events;
}

struct MemberWorld {
  explicit MemberWorld(const MemberTransport::Pace& pace = {}, const MemberFeed::Sizes& sizes = {},
                       const chat::Limits& limits = {})
      : hub(limits, keeping()),
        members({[this](std::span<std::uint8_t> bytes) {
                   std::fill(bytes.begin(), bytes.end(), ++drawn);
                 },
                 [] { return WallTime{}; }, [this](const Address&, Instant) { return admits; },
                 pin(), "test", pace, sizes}) {
    server.admit_members(members, carrier, now);
  }

  static chat::Keeping keeping() {
    chat::Keeping keeping;
    keeping.promise.kept = true;
    return keeping;
  }

  static Pin pin() {
    Pin pin;
    pin.bytes.fill(7);
    return pin;
  }

  void settle() { server.on_deadline(now); }
  void pass(Duration time) {
    now += time;
    settle();
  }

  FakeLink& connect() {
    links.push_back(std::make_unique<FakeLink>(static_cast<std::uint8_t>(links.size() + 1)));
    members.on_open(*links.back(), now);
    settle();
    return *links.back();
  }
  void hear(FakeLink& link, std::string_view bytes) {
    members.on_bytes(link, bytes, now);
    settle();
  }
  void hear(FakeLink& link, const proto::Command& command) {
    hear(link, wire::encode_frame(command));
  }
  /// What it was sent since it was asked last; it takes all of it.
  std::vector<proto::Event> told(FakeLink& link) {
    auto events = read_events(link.sent, told_[&link]);
    take(link, link.sent.size() - link.taken);
    return events;
  }
  void take(FakeLink& link, std::size_t bytes) {
    link.taken += bytes;
    if (link.was_full && link.sent.size() - link.taken < link.window) {
      link.was_full = false;
      members.on_room(link, now);
    }
    settle();
  }
  /// The link is no more.
  void hang_up(FakeLink& link) {
    members.on_closed(link, {true, 0, ""}, now);
    told_.erase(&link);
    for (auto& one : links) {
      if (one.get() == &link) one.reset();
    }
    settle();
  }

  /// What a login on this link belongs to, once it has been challenged.
  wire::LoginTo login_to(FakeLink& link) {
    wire::LoginTo to;
    for (const auto& event : told(link)) {
      if (!event.has_challenge()) continue;
      std::copy(event.challenge().nonce().begin(), event.challenge().nonce().end(),
                to.server.bytes.begin());
    }
    to.client.bytes.fill(9);
    to.pin = pin().bytes;
    to.exporter = link.exporter();
    return to;
  }
  /// Comes as this member, whose nickname is `nick`.
  FakeLink& come(std::uint8_t member, const std::string& nick) {
    FakeLink& link = connect();
    hear(link, MemberKeys(member).login(login_to(link), nick));
    return link;
  }

  Instant now{std::chrono::hours(1)};
  bool admits = true;
  std::uint8_t drawn = 0;
  std::vector<std::unique_ptr<FakeLink>> links;
  PagedHistory history;
  chat::Hub hub;
  guard::Gate gate{{}, {}, {5000}};
  link::NarrowSocket socket;
  NoCarrier carrier;
  MemberTransport members;
  Server server{hub, history, gate, socket};

 private:
  std::map<FakeLink*, std::size_t> told_;
};

inline proto::Command join(const std::string& room, std::uint32_t last = 0) {
  proto::Command command;
  command.set_tag(2);
  command.mutable_join()->set_room(room);
  command.mutable_join()->set_last(last);
  return command;
}
inline proto::Command post(const std::string& room, const std::string& id,
                           const std::string& text) {
  proto::Command command;
  command.set_tag(3);
  command.mutable_post()->set_room(room);
  command.mutable_post()->set_id(id);
  command.mutable_post()->set_text(text);
  return command;
}
inline proto::Command leave(const std::string& room) {
  proto::Command command;
  command.set_tag(4);
  command.mutable_leave()->set_room(room);
  return command;
}
inline proto::Command read_past(const std::string& room, std::uint64_t after, std::uint32_t count) {
  proto::Command command;
  command.set_tag(5);
  command.mutable_read()->set_room(room);
  command.mutable_read()->set_after(after);
  command.mutable_read()->set_count(count);
  return command;
}
inline proto::Command ping(std::uint64_t tag = 6) {
  proto::Command command;
  command.set_tag(tag);
  command.mutable_ping();
  return command;
}

}  // namespace palabre::server
