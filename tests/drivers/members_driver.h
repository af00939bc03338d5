#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/pin.h"
#include "chat/hub.h"
#include "drivers/key_pair.h"
#include "drivers/paged_history.h"
#include "drivers/socket_driver.h"
#include "guard/gate.h"
#include "link/link.h"
#include "link/pipe.h"
#include "server/door.h"
#include "server/doors/frames/frames_door.h"
#include "server/doors/plain/plain_door.h"
#include "server/house.h"
#include "wire/login.h"
#include "wire/palabre.pb.h"

// A whole server but for socket, clock and QUIC: members come over links that do as they are told.

namespace palabre::server {

/// A link as its client has it in hand: what the server sends waits until it is taken.
class MemberLink final : public link::LinkUser {
 public:
  explicit MemberLink(std::uint8_t number);

  static constexpr auto kServer = link::Pipe::Side::kServer;
  static constexpr auto kClient = link::Pipe::Side::kClient;

  void on_open(link::Link& /*link*/, Instant /*now*/) override {}
  void on_bytes(link::Link& link, std::string_view bytes, Instant now) override;
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
};

/// The login by which the member with this key asks for `nick` on the link that `to` says.
proto::Command login_by(const KeyPair& keys, const wire::LoginTo& to, const std::string& nick);

/// The events whose frames are whole, from `at` on, which is put forward.
std::vector<proto::Event> read_events(const std::string& bytes, std::size_t& at);

/// A door that says what it is told to: what operators ask, without their words.
class Operators final : public Door {
 public:
  using Door::Door;
  std::optional<chat::Command> next_command(Instant now) override;
  void carry_out(const chat::Effect& effect) override;
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
                       const chat::Limits& limits = {});
  MemberWorld(const MemberWorld&) = delete;
  MemberWorld& operator=(const MemberWorld&) = delete;
  ~MemberWorld();

  static chat::Keeping keeping();
  static Pin pin();

  void settle();
  void pass(Duration time);

  MemberLink& connect();
  void hear(MemberLink& link, std::string_view bytes);
  void hear(MemberLink& link, const proto::Command& command);
  /// What clients have said reaches the server, as far as that reads.
  void carry_all();
  /// What it was sent since it was asked last; it takes all that waits now.
  std::vector<proto::Event> told(MemberLink& link);
  void take(MemberLink& link, std::size_t bytes);
  void set_window(MemberLink& link, std::size_t window);
  /// The link is no more.
  void hang_up(MemberLink& link);
  /// An operator's word.
  void operate(chat::OperatorRequest request);

  /// What a login on this link belongs to, once it has been challenged.
  wire::LoginTo login_to(MemberLink& link);
  /// Comes as this member, whose nickname is `nick`.
  MemberLink& come(std::uint8_t member, const std::string& nick);

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

proto::Command join(const std::string& room, std::uint32_t last = 0);
proto::Command post(const std::string& room, const std::string& id, const std::string& text);
proto::Command leave(const std::string& room);
proto::Command read_past(const std::string& room, std::uint64_t after, std::uint32_t count);
proto::Command ping(std::uint64_t tag = 6);

}  // namespace palabre::server
