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

// A whole server without socket, clock and QUIC: members are connected by simulated links.

namespace palabre::server {

/// The client's side of a link: the server's bytes wait until they are taken.
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

  /// Bytes that the server has sent and that were not taken yet.
  std::size_t waiting() const { return pipe.on_the_way(kServer); }
  std::size_t sent() const { return received.size() + waiting(); }
  /// Bytes that the server has consumed.
  std::size_t credit() const { return pipe.consumed(kServer); }
  /// How the server has closed the link, if it has.
  const std::optional<Closed>& closed() const { return pipe.closing(kServer); }
  link::Link& end() { return pipe.end(kServer); }

  link::Pipe pipe;
  std::string received;
  std::size_t told = 0;  ///< bytes of `received` parsed as events
};

/// The login command of the member with `keys`, asking for `nick`, on the link that `to` describes.
proto::Command login_by(const KeyPair& keys, const wire::LoginTo& to, const std::string& nick);

/// Parses the complete frames of `bytes` from `at` on, and advances `at`.
std::vector<proto::Event> read_events(const std::string& bytes, std::size_t& at);

/// A door that sends queued operators' requests as commands.
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
  /// Carries the clients' bytes to the server, as far as it reads.
  void carry_all();
  /// The events sent to the link since the last call; takes all waiting bytes.
  std::vector<proto::Event> told(MemberLink& link);
  void take(MemberLink& link, std::size_t bytes);
  void set_window(MemberLink& link, std::size_t window);
  /// Ends the link.
  void hang_up(MemberLink& link);
  /// Sends an operator's request.
  void operate(chat::OperatorRequest request);

  /// The data that a login on this link signs, after its challenge.
  wire::LoginTo login_to(MemberLink& link);
  /// Connects and logs in as this member, with the nickname `nick`.
  MemberLink& come(std::uint8_t member, const std::string& nick);

  Instant now{std::chrono::hours(1)};
  FramesDoor::Entry entry = FramesDoor::Entry::kOpen;
  Reach reach = Reach::kLoopback;  ///< of all links
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
