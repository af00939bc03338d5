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
#include "link/pipe.h"
#include "server/door.h"
#include "server/doors/frames/frames_door.h"
#include "server/doors/plain/plain_door.h"
#include "server/house.h"
#include "wire/frames.h"
#include "wire/login.h"
#include "wire/palabre.pb.h"

// A whole server but for socket, clock and QUIC: members come over links that do as they are told.

namespace palabre::server {

/// A link as its client has it in hand: what the server sends waits until it is taken.
class MemberLink final : public link::LinkUser {
 public:
  explicit MemberLink(std::uint8_t number)
      : pipe({.exporter = exporter_of(number),
              .client = *Address::parse("10.0.0.9", 4000U + number)}) {
    pipe.connect(kClient, this);
  }

  static constexpr auto kServer = link::Pipe::Side::kServer;
  static constexpr auto kClient = link::Pipe::Side::kClient;

  void on_open(link::Link& /*link*/, Instant /*now*/) override {}
  void on_bytes(link::Link& link, std::string_view bytes, Instant /*now*/) override {
    received += bytes;
    link.consumed(bytes.size());
  }
  void on_datagram(link::Link& /*link*/, std::string_view /*bytes*/, Instant /*now*/) override {}
  void on_room(link::Link& /*link*/, Instant /*now*/) override {}
  void on_closed(link::Link& /*link*/, const Closed& /*how*/, Instant /*now*/) override {}

  /// Bytes that the server has sent, and that wait.
  std::size_t waiting() const { return pipe.on_the_way(kServer); }
  std::size_t sent() const { return received.size() + waiting(); }
  /// Bytes that the server has dealt with.
  std::size_t credit() const { return pipe.consumed(kServer); }
  /// How the server has closed it.
  const std::optional<Closed>& closed() const { return pipe.closing(kServer); }
  link::Link& end() { return pipe.end(kServer); }

  link::Pipe pipe;
  std::string received;
  std::size_t told = 0;  ///< of `received`, read as events

 private:
  static link::Link::Exporter exporter_of(std::uint8_t number) {
    link::Link::Exporter exporter{};
    exporter.fill(number);
    return exporter;
  }
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
      events_.push_back(chat::to_event(chat::NotKept{std::move(draft), chat::Trouble::kDiskFull}));
      return;
    }
    auto& book = books_[names_.at(draft.room)];
    const WallTime at{1'000'000};
    const bool is_barred = draft.bar != chat::Draft::Bar::kNone;
    if (is_barred && !firsts_.contains({draft.author, draft.id.value().text})) {
      events_.push_back(chat::to_event(chat::NotKept{std::move(draft), chat::Trouble::kBarred}));
      return;
    }
    if (draft.id) {
      const auto [first, is_new] =
          firsts_.try_emplace({draft.author, draft.id->text}, chat::Number{book.size() + 1});
      if (!is_new) {
        events_.push_back(
            chat::to_event(chat::Kept{std::move(draft), first->second, true, at, true}));
        return;
      }
    }
    const chat::Number number{book.size() + 1};
    book.push_back({number, draft.message, at});
    events_.push_back(chat::to_event(chat::Kept{std::move(draft), number, false, at, true}));
  }
  std::vector<chat::LogEvent> take_events() override {
    if (holds_verdicts) return {};
    return std::exchange(events_, {});
  }
  void read(const chat::Read& read) override {
    ++reads;
    const auto& book = books_[names_.at(read.room)];
    chat::Slice slice{read.id, read.room, read.after, read.after, {}};
    if (unread > 0) {
      --unread;
      slice.up_to = {book.size()};
      slice.entries.emplace_back(
          chat::Missing{{read.after.value + 1}, slice.up_to, chat::Missing::Why::kUnread});
    }
    for (std::size_t bytes = 0; slice.up_to.value < book.size() && bytes < read.most_bytes;) {
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
  std::vector<chat::LogEvent> events_;
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

/// A door that says what it is told to: what operators ask, without their words.
class Operators final : public Door {
 public:
  using Door::Door;
  std::optional<chat::Command> next_command(Instant /*now*/) override {
    if (requests.empty()) return std::nullopt;
    chat::FromOperator next{{0, index()}, {}, std::move(requests.front())};
    requests.pop_front();
    return next;
  }
  void carry_out(const chat::Effect& effect) override {
    if (const auto* told = std::get_if<chat::TellOperator>(&effect)) {
      answers.push_back(told->answer);
    }
  }
  std::vector<chat::Read> take_reads() override { return {}; }
  void take(const chat::Slice& /*slice*/) override {}
  void deliver(Instant /*now*/) override {}
  bool wants_to_write() const override { return false; }
  void on_writable(Instant /*now*/) override {}
  std::optional<Instant> next_deadline() const override { return std::nullopt; }
  void on_deadline(Instant /*now*/) override {}
  void close(Instant /*now*/) override {}

  std::deque<chat::OperatorRequest> requests;
  std::vector<chat::OperatorAnswer> answers;
};

struct MemberWorld {
  explicit MemberWorld(const FramesDoor::Pace& pace = {}, const MemberFeed::Sizes& sizes = {},
                       const chat::Limits& limits = {})
      : hub(limits, keeping()),
        members({1},
                {[this](std::span<std::uint8_t> bytes) {
                   std::fill(bytes.begin(), bytes.end(), ++drawn);
                 },
                 [] { return WallTime{}; }, [this](const link::Link&, Instant) { return entry; },
                 pin(), "test", pace, sizes}) {
    house.open(now);
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

  void settle() { house.on_deadline(now); }
  void pass(Duration time) {
    now += time;
    settle();
  }

  MemberLink& connect() {
    links.push_back(std::make_unique<MemberLink>(static_cast<std::uint8_t>(links.size() + 1)));
    MemberLink& link = *links.back();
    link.pipe.connect(MemberLink::kServer, &members);
    link.pipe.open(MemberLink::kServer, now);
    link.pipe.open(MemberLink::kClient, now);
    settle();
    return link;
  }
  void hear(MemberLink& link, std::string_view bytes) {
    link.pipe.end(MemberLink::kClient).send(std::make_shared<const std::string>(bytes));
    carry_all();
  }
  /// What clients have said reaches the server, as far as that reads.
  void carry_all() {
    settle();
    for (bool moves = true; moves;) {
      moves = false;
      for (const auto& link : links) {
        if (!link || !link->pipe.can_carry(MemberLink::kClient)) continue;
        link->pipe.carry(MemberLink::kClient, ~std::size_t{0}, now);
        settle();
        moves = true;
      }
    }
  }
  void hear(MemberLink& link, const proto::Command& command) {
    hear(link, wire::encode_frame(command));
  }
  /// What it was sent since it was asked last; it takes all that waits now.
  std::vector<proto::Event> told(MemberLink& link) {
    const std::size_t waiting = link.waiting();
    if (waiting > 0) link.pipe.carry(MemberLink::kServer, waiting, now);
    auto events = read_events(link.received, link.told);
    carry_all();
    return events;
  }
  void take(MemberLink& link, std::size_t bytes) {
    if (bytes > 0 && link.waiting() > 0) link.pipe.carry(MemberLink::kServer, bytes, now);
    carry_all();
  }
  void set_window(MemberLink& link, std::size_t window) {
    link.pipe.set_window(MemberLink::kServer, window, now);
    carry_all();
  }
  /// The link is no more.
  void hang_up(MemberLink& link) {
    link.pipe.finish(MemberLink::kServer, {true, 0, ""}, now);
    for (auto& one : links) {
      if (one.get() == &link) one.reset();
    }
    settle();
  }
  /// An operator's word.
  void operate(chat::OperatorRequest request) {
    operators.requests.push_back(std::move(request));
    house.settle(now);
  }

  /// What a login on this link belongs to, once it has been challenged.
  wire::LoginTo login_to(MemberLink& link) {
    wire::LoginTo to;
    for (const auto& event : told(link)) {
      if (!event.has_challenge()) continue;
      std::copy(event.challenge().nonce().begin(), event.challenge().nonce().end(),
                to.server.bytes.begin());
    }
    to.client.bytes.fill(9);
    to.pin = pin().bytes;
    to.exporter = link.end().exporter();
    return to;
  }
  /// Comes as this member, whose nickname is `nick`.
  MemberLink& come(std::uint8_t member, const std::string& nick) {
    MemberLink& link = connect();
    hear(link, MemberKeys(member).login(login_to(link), nick));
    return link;
  }

  Instant now{std::chrono::hours(1)};
  FramesDoor::Entry entry = FramesDoor::Entry::kOpen;
  std::uint8_t drawn = 0;
  PagedHistory history;
  chat::Hub hub;
  guard::Gate gate{{}, {}, {5000}};
  link::NarrowSocket socket;
  PlainDoor guests{{0}, gate, socket};
  FramesDoor members;
  Operators operators{{2}};
  std::vector<std::unique_ptr<MemberLink>> links;
  House house{hub, history, {&guests, &members, &operators}};
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
