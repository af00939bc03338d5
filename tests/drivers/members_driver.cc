#include "drivers/members_driver.h"

#include <algorithm>
#include <span>
#include <utility>

#include "wire/frames.h"

namespace palabre::server {
namespace {

link::Link::Exporter exporter_of(std::uint8_t number) {
  link::Link::Exporter exporter{};
  exporter.fill(number);
  return exporter;
}

}  // namespace

MemberLink::MemberLink(std::uint8_t number)
    : pipe({.exporter = exporter_of(number),
            .client = *Address::parse("10.0.0.9", 4000U + number)}) {
  pipe.connect(kClient, this);
}

void MemberLink::on_bytes(link::Link& link, std::string_view bytes, Instant /*now*/) {
  received += bytes;
  link.consumed(bytes.size());
}

proto::Command login_by(const KeyPair& keys, const wire::LoginTo& to, const std::string& nick) {
  const auto signature = keys.sign(wire::login_message(to));
  proto::Command command;
  command.set_tag(1);
  auto& login = *command.mutable_login();
  login.set_key(keys.open.data(), keys.open.size());
  login.set_nonce(to.client.bytes.data(), to.client.bytes.size());
  login.set_signature(signature.data(), signature.size());
  login.set_nick(nick);
  return command;
}

std::vector<proto::Event> read_events(const std::string& bytes, std::size_t& at) {
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

std::optional<chat::Command> Operators::next_command(Instant /*now*/) {
  if (requests.empty()) return std::nullopt;
  chat::FromOperator next{{0, index()}, {}, std::move(requests.front())};
  requests.pop_front();
  return next;
}

void Operators::carry_out(const chat::Effect& effect) {
  if (const auto* told = std::get_if<chat::TellOperator>(&effect)) {
    answers.push_back(told->answer);
  }
}

MemberWorld::MemberWorld(const FramesDoor::Pace& pace, const MemberFeed::Sizes& sizes,
                         const chat::Limits& limits)
    : hub(limits, keeping()),
      members({1}, {.random =
                        [this](std::span<std::uint8_t> bytes) {
                          std::fill(bytes.begin(), bytes.end(), ++drawn);
                        },
                    .wall = [] { return WallTime{}; },
                    .admits = [this](const link::Link&, Instant) { return entry; },
                    .reach = [this](const link::Link&) { return reach; },
                    .is_exempt = [this](const link::Link&) { return reach == Reach::kLoopback; },
                    .identity = pin(),
                    .server = "test",
                    .pace = pace,
                    .feed = sizes}) {
  house.open(now);
}

chat::Keeping MemberWorld::keeping() {
  chat::Keeping keeping;
  keeping.promise.kept = true;
  return keeping;
}

Pin MemberWorld::pin() {
  Pin pin;
  pin.bytes.fill(7);
  return pin;
}

void MemberWorld::settle() { house.on_deadline(now); }

void MemberWorld::pass(Duration time) {
  now += time;
  settle();
}

MemberLink& MemberWorld::connect() {
  links.push_back(std::make_unique<MemberLink>(static_cast<std::uint8_t>(links.size() + 1)));
  MemberLink& link = *links.back();
  link.pipe.connect(MemberLink::kServer, &members);
  link.pipe.open(MemberLink::kServer, now);
  link.pipe.open(MemberLink::kClient, now);
  settle();
  return link;
}

void MemberWorld::hear(MemberLink& link, std::string_view bytes) {
  link.pipe.end(MemberLink::kClient).send(std::make_shared<const std::string>(bytes));
  carry_all();
}

void MemberWorld::carry_all() {
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

void MemberWorld::hear(MemberLink& link, const proto::Command& command) {
  hear(link, wire::encode_frame(command));
}

std::vector<proto::Event> MemberWorld::told(MemberLink& link) {
  const std::size_t waiting = link.waiting();
  if (waiting > 0) link.pipe.carry(MemberLink::kServer, waiting, now);
  auto events = read_events(link.received, link.told);
  carry_all();
  return events;
}

void MemberWorld::take(MemberLink& link, std::size_t bytes) {
  if (bytes > 0 && link.waiting() > 0) link.pipe.carry(MemberLink::kServer, bytes, now);
  carry_all();
}

void MemberWorld::set_window(MemberLink& link, std::size_t window) {
  link.pipe.set_window(MemberLink::kServer, window, now);
  carry_all();
}

void MemberWorld::hang_up(MemberLink& link) {
  link.pipe.finish(MemberLink::kServer, {true, 0, ""}, now);
  for (auto& one : links) {
    if (one.get() == &link) one.reset();
  }
  settle();
}

void MemberWorld::operate(chat::OperatorRequest request) {
  operators.requests.push_back(std::move(request));
  house.settle(now);
}

wire::LoginTo MemberWorld::login_to(MemberLink& link) {
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

MemberLink& MemberWorld::come(std::uint8_t member, const std::string& nick) {
  MemberLink& link = connect();
  hear(link, login_by(KeyPair(member), login_to(link), nick));
  return link;
}

MemberWorld::~MemberWorld() = default;

proto::Command join(const std::string& room, std::uint32_t last) {
  proto::Command command;
  command.set_tag(2);
  command.mutable_join()->set_room(room);
  command.mutable_join()->set_last(last);
  return command;
}

proto::Command post(const std::string& room, const std::string& id, const std::string& text) {
  proto::Command command;
  command.set_tag(3);
  command.mutable_post()->set_room(room);
  command.mutable_post()->set_id(id);
  command.mutable_post()->set_text(text);
  return command;
}

proto::Command leave(const std::string& room) {
  proto::Command command;
  command.set_tag(4);
  command.mutable_leave()->set_room(room);
  return command;
}

proto::Command read_past(const std::string& room, std::uint64_t after, std::uint32_t count) {
  proto::Command command;
  command.set_tag(5);
  command.mutable_read()->set_room(room);
  command.mutable_read()->set_after(after);
  command.mutable_read()->set_count(count);
  return command;
}

proto::Command ping(std::uint64_t tag) {
  proto::Command command;
  command.set_tag(tag);
  command.mutable_ping();
  return command;
}

}  // namespace palabre::server
