#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/pin.h"
#include "base/result.h"
#include "chat/access.h"
#include "chat/effect.h"
#include "chat/event.h"
#include "chat/ids.h"
#include "guard/gate.h"
#include "server/door.h"
#include "server/doors/operators/request.h"
#include "wire/invite.h"

namespace palabre::server {

/// What an invite is made of, and what its link says of this server.
struct Inviting {
  std::string host;  ///< where the link leads, unless another is asked for
  std::uint16_t port = 0;
  std::optional<Pin> pin;  ///< nothing: members are not admitted, nor invited
  chat::Access access;
  std::function<wire::InviteToken()> draw;
  std::function<WallTime()> wall;
};

/// The door of operators: a request becomes commands, their answers become words. It knows no
/// socket: those who ask are allowed to. What strangers chose, nicknames and rooms, was made safe
/// when they chose it. Bans are the gate's.
///
/// Requests wait for their answers here, each at most as long as the registry's disk takes; the
/// control socket has an end of its own (`app::ControlListener`). Borrows the gate, which outlives
/// it. One thread.
class OperatorsDoor final : public Door {
 public:
  /// Hears of records about members, for the log.
  using Note = std::function<void(const chat::Noted&)>;

  OperatorsDoor(chat::DoorIndex index, guard::Gate& gate, Inviting inviting, Note note = {})
      : Door(index), gate_(gate), inviting_(std::move(inviting)), note_(std::move(note)) {}

  using Done = std::function<void(const ControlAnswer&)>;

  /// `counts`: the table for `kStats`. `done` is called once: in this call, or while the house
  /// settles, which is due then; for what the registry keeps, once it is known whether it does.
  void ask(const ControlRequest& request, std::string counts, Instant now, Done done);
  /// Nobody waits for an answer any more.
  void stop() { pending_.clear(); }

  std::optional<chat::Command> next_command(Instant now) override;
  void carry_out(const chat::Effect& effect) override;
  std::vector<chat::Read> take_reads() override { return {}; }
  void take(const chat::Slice& /*it reads nothing*/) override {}
  void deliver(Instant /*answers wait for nothing*/) override {}
  bool wants_to_write() const override { return false; }
  void on_writable(Instant /*now*/) override {}
  std::optional<Instant> next_deadline() const override { return std::nullopt; }
  void on_deadline(Instant /*now*/) override {}
  void close(Instant /*now*/) override { stop(); }

 private:
  using Guest = chat::Online::Session;
  struct Pending {
    ControlRequest request;
    std::string counts;
    Instant now;
    Done done;
    std::string text;  ///< the answer, once what was asked for is done
  };
  /// Whom an operator means. A guest's address goes before an address, that before a nickname, so
  /// that nobody who calls itself 10.0.0.7 draws a ban on itself; `10.0.0.7*` means the nickname.
  struct Target {
    std::optional<Guest> guest;
    std::optional<Address> address;  ///< the guest's, or one that nobody is online from
    bool without_port = false;
  };

  // Of the effects.
  void on(const chat::TellOperator& tell);
  void on(const chat::Noted& noted) {
    if (note_) note_(noted);
  }
  // Rooms and sessions are of other doors.
  void on(const chat::OpenRoom& /*open*/) {}
  void on(const chat::CloseRoom& /*close*/) {}
  void on(const chat::StartReading& /*start*/) {}
  void on(const chat::StopReading& /*stop*/) {}
  void on(const chat::ShowPast& /*show*/) {}
  void on(const chat::SetNumbered& /*set*/) {}
  void on(const chat::RoomAdvanced& /*advanced*/) {}
  void on(const chat::Tell& /*tell*/) {}
  void on(const chat::Silence& /*silence*/) {}
  void on(const chat::Gone& /*gone*/) {}
  void on(const chat::Append& /*append*/) {}
  void on(const chat::KeepRecord& /*keep*/) {}

  // Answers to a pending request. Nothing: more is to be awaited.
  using Answer = std::optional<Result<std::string>>;
  Answer answer_to(Pending& pending, chat::Tag tag, const chat::Online& online);
  Answer answer_to(Pending& pending, chat::Tag tag, const chat::Rooms& rooms);
  Answer answer_to(Pending& pending, chat::Tag tag, const chat::Done& done);
  Answer answer_to(Pending& pending, chat::Tag tag, const chat::Refused& refused);

  void begin(Pending pending);
  void send(chat::Tag tag, chat::OperatorRequest request);
  static Target find(const std::string& target, const chat::Online& online);
  static Result<Guest> find_guest(const std::string& target, std::string_view verb,
                                  const chat::Online& online);
  Result<std::string> who(const ControlRequest& request, const chat::Online& online) const;
  Answer kick(Pending& pending, chat::Tag tag, const chat::Online& online);
  Answer mute(Pending& pending, chat::Tag tag, const chat::Online& online);
  Result<std::string> ban(const Pending& pending, const chat::Online& online);
  Result<std::string> unban(const ControlRequest& request);
  Result<chat::OperatorRequest> freeze(Pending& pending) const;
  Result<chat::OperatorRequest> invite(Pending& pending) const;
  static Result<chat::OperatorRequest> revoke(Pending& pending);
  std::string stats(const Pending& pending, const chat::Rooms& rooms) const;

  guard::Gate& gate_;
  Inviting inviting_;
  Note note_;
  std::map<chat::Tag, Pending> pending_;
  std::deque<chat::Command> commands_;  // a few for each that is pending
  chat::Tag last_tag_;
};

}  // namespace palabre::server
