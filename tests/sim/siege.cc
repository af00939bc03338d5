#include "siege.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

#include "drivers/members_driver.h"
#include "identity.h"
#include "store/database.h"
#include "wire/login.h"
#include "wire/names.h"
#include "witness.h"

namespace palabre::sim {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

namespace {

constexpr std::uint64_t kCitizenKeys = 1'000'000;
constexpr std::int64_t kBegin = 1'800'000'000'000'000;
constexpr std::size_t kMostWords = 6;
const std::string kHome = "honest home ";  // the first words in a room of one's own

std::uint64_t count(store::Database& database, const char* sql) {
  return static_cast<std::uint64_t>(database.query_number(sql).value_or(0));
}

}  // namespace

void Harm::add(std::string what) {
  if (words.size() < kMostWords) {
    words.push_back(std::move(what));
  } else {
    ++more;
  }
}

std::string Harm::text() const {
  std::string all;
  for (const std::string& one : words) all += one + "; ";
  return all + (more > 0 ? fmt::format("and {} more; ", more) : "") + figures;
}

// The honest.

Citizen::Citizen(Siege& siege, std::size_t number)
    : siege_(siege),
      number_(number),
      nick_(fmt::format("citizen{}", number)),
      address_(*Address::parse(fmt::format("198.51.{}.{}", number / 50, 1 + number % 50), 4000)),
      keys_(kCitizenKeys + number) {}

void Citizen::arrive() {
  is_away_ = false;
  for (const auto& pipe : pipes_) {
    pipe->forget_client();
    pipe->cut();
  }
  pipes_.clear();
  session_ = std::make_unique<client::Session>(identity_of(keys_, {nick_}, "citizen"), [this] {
    return siege_.random().below(~std::uint64_t{0});
  });
  rooms_.clear();
  due_.clear();
  session_->join({"lobby"}, {}, siege_.now());
  due_["in the lobby"] = {siege_.now(), "is not in the lobby"};
  dial_at_ = siege_.now();
  live();
}

void Citizen::leave() {
  is_away_ = true;
  in_since_.reset();
  due_.clear();
  if (session_) session_->quit(siege_.now());
}

void Citizen::live() {
  if (is_away_ || session_->is_over()) return;
  const Instant now = siege_.now();
  if ((!session_->has_link() || session_->is_suspect(now)) && now >= dial_at_) {
    std::erase_if(pipes_, [](const auto& pipe) { return pipe->is_over(); });
    if (auto pipe = siege_.dial(*session_, address_)) pipes_.push_back(std::move(pipe));
    dial_at_ = now + 1s;
  }
  if (const auto due = session_->next_deadline(); due && *due <= now) session_->on_deadline(now);
  look();
  siege_.world().after(250ms, [this, session = session_.get()] {
    if (session == session_.get()) live();
  });
}

void Citizen::look() {
  for (const client::Outcome& outcome : session_->take_outcomes()) {
    std::visit([this](const auto& one) { see(one); }, outcome);
  }
}

void Citizen::is_done(const std::string& what) {
  const auto due = due_.find(what);
  if (due == due_.end()) return;
  const Duration took = siege_.now() - due->second.since;
  if (took > Siege::kPatience + 500ms) {
    siege_.harm_.add(
        fmt::format("{} {} for {} ms", nick_, due->second.what,
                    std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  }
  due_.erase(due);
}

void Citizen::post(const std::string& room, const std::string& text) {
  if (!session_ || is_away_) return;
  const auto posted = session_->post({room}, chat::Kind::kText, text, siege_.now());
  if (!posted) return siege_.harm_.add(nick_ + " cannot post: " + posted.error().sentence);
  due_[text] = {siege_.now(), "gets no answer to «" + text.substr(0, 40) + "»"};
  look();
}

void Citizen::speak() {
  if (!is_in()) return;
  const std::string text = fmt::format("honest lobby {}", siege_.said_.size());
  siege_.said_by_text_[text] = siege_.said_.size();
  siege_.said_.push_back({text, siege_.now()});
  post("lobby", text);
}

void Citizen::open_room() {
  if (!is_in()) return;
  const std::string room = fmt::format("home-of-{}-{}", number_, siege_.random().below(1000));
  session_->join({room}, {}, siege_.now());
  due_[room] = {siege_.now(), "is not in its new room"};
  look();
}

void Citizen::write_to(std::size_t other) {
  if (!is_in()) return;
  Citizen& reader = siege_.citizen(other);
  const std::string room = "@" + reader.nick_;
  if (!rooms_.contains(room)) {
    session_->join({room}, {}, siege_.now());
    due_[room] = {siege_.now(), "has no room with " + reader.nick_};
  }
  const std::string text = fmt::format("honest private {} {} {}", number_, other, ++private_);
  if (reader.is_in())
    reader.due_["sees " + text] = {siege_.now(), "does not see «" + text + "»", true};
  post(room, text);
}

void Citizen::set_away(const std::string& note) { session_->set_away(note, siege_.now()); }

void Citizen::see(const client::Joined& joined) {
  rooms_.insert(joined.room.text);
  is_done(joined.room.text);
  if (joined.room.text == "lobby") {
    is_done("in the lobby");
    if (!in_since_) in_since_ = siege_.now();
    return;
  }
  if (joined.room.text.starts_with("home-of-") && !joined.again) {
    post(joined.room.text, kHome + joined.room.text);
  }
}

/// As `palabre chat` does: who has written meanwhile is heard.
void Citizen::see(const client::Welcomed& welcomed) {
  for (const chat::RoomName& room : welcomed.direct_rooms) {
    session_->join(room, {}, siege_.now());
  }
  for (const std::string& nick : welcomed.requests) accept(nick);
}

void Citizen::see(const client::AskedToWrite& asked) { accept(asked.nick); }

/// The honest trust each other, and nobody else.
void Citizen::accept(const std::string& nick) {
  const auto other = wire::parse_nick(nick);
  if (!other || !nick.starts_with("citizen")) return;
  const chat::Contact accepted{chat::Contact::What::kAccept, *other};
  if (!session_->ask(accepted, {}, siege_.now()))
    siege_.harm_.add(nick_ + " cannot accept " + nick);
}

void Citizen::see(const client::Contacts& contacts) {
  session_->join({"@" + contacts.nick}, {}, siege_.now());
}

void Citizen::see(const client::Shown& shown) {
  const std::string& text = shown.line.message.text;
  if (!text.starts_with("honest ")) return;
  if (const auto said = siege_.said_by_text_.find(text); said != siege_.said_by_text_.end()) {
    heard_.resize(std::max(heard_.size(), said->second + 1));
    heard_[said->second] = true;
    const Duration late = siege_.now() - siege_.said_[said->second].at;
    const bool was_here = in_since_ && *in_since_ <= siege_.said_[said->second].at;
    if (was_here && !shown.replayed && late > Siege::kPatience + 500ms) {
      siege_.harm_.add(
          fmt::format("{} hears «{}» {} ms late", nick_, text,
                      std::chrono::duration_cast<std::chrono::milliseconds>(late).count()));
    }
    return;
  }
  is_done("sees " + text);
}

void Citizen::see(const client::Kept& kept) {
  const std::string& text = kept.line.message.text;
  ++siege_.honest_kept_;
  if (const auto said = siege_.said_by_text_.find(text); said != siege_.said_by_text_.end()) {
    heard_.resize(std::max(heard_.size(), said->second + 1));
    heard_[said->second] = true;
  }
  is_done(text);
  if (!text.starts_with(kHome)) return;
  const std::string room = text.substr(kHome.size());
  session_->leave({room}, siege_.now());
  rooms_.erase(room);
}

void Citizen::see(const client::PostRefused& refused) {
  due_.erase(refused.text);
  siege_.harm_.add(nick_ + " is refused: " + refused.words);
}

void Citizen::see(const client::JoinRefused& refused) {
  due_.erase(refused.room.text);
  siege_.harm_.add(nick_ + " may not enter " + refused.room.text + ": " + refused.words);
}

void Citizen::see(const client::Missed& missed) {
  if (missed.new_log || missed.room.text != "lobby") return;
  siege_.harm_.add(fmt::format("{} misses {} messages of the lobby: {}", nick_,
                               missed.to.value - missed.from.value + 1, missed.words));
}

void Citizen::see(const client::Ended& ended) {
  if (ended.why == client::Ended::Why::kQuit) return;
  in_since_.reset();
  siege_.harm_.add(nick_ + " is sent away: " + ended.words);
}

void Citizen::see(const client::Offline& offline) {
  in_since_.reset();
  std::erase_if(due_, [](const auto& due) { return due.second.may_go; });
  if (!is_away_) siege_.harm_.add(nick_ + " is offline: " + offline.words);
}

void Citizen::check(Harm& harm) const {
  for (const auto& [key, due] : due_) {
    if (siege_.now() - due.since > Siege::kPatience + 500ms) {
      harm.add(fmt::format(
          "{} {} after {} s", nick_, due.what,
          std::chrono::duration_cast<std::chrono::seconds>(siege_.now() - due.since).count()));
    }
  }
  if (!in_since_) return;
  std::size_t unheard = 0;
  for (std::size_t i = 0; i < siege_.said_.size(); ++i) {
    const Instant at = siege_.said_[i].at;
    const bool is_due = at >= *in_since_ && siege_.now() - at > Siege::kPatience + 500ms;
    if (is_due && (i >= heard_.size() || !heard_[i])) ++unheard;
  }
  if (unheard > 0) harm.add(fmt::format("{} has not heard {} messages", nick_, unheard));
}

Neighbour::Neighbour(Siege& siege, std::size_t number)
    : siege_(siege), address_(*Address::parse(fmt::format("192.168.7.{}", 1 + number), 40000)) {
  siege_.by_address_[address_.label()] = this;
}

void Neighbour::arrive() {
  if (is_in_) return;
  enters_since_ = siege_.now();
  siege_.world().send_to_server(address_, "/ack on\n");
}

void Neighbour::speak() {
  if (!is_in_) return;
  const std::string id = fmt::format("n{}", ++said_);
  unanswered_[id] = siege_.now();
  siege_.world().send_to_server(
      address_, fmt::format("/post {} honest guest {} {}\n", id, address_.ip(), said_));
}

void Neighbour::leave() {
  is_in_ = false;
  unanswered_.clear();
  siege_.world().send_to_server(address_, "/quit\n");
}

void Neighbour::hear(const std::string& bytes) {
  if (bytes.starts_with("-- Welcome")) {
    is_in_ = true;
    enters_since_.reset();
  } else if (enters_since_ && bytes.starts_with("-- ") && !bytes.starts_with("-- Numbers")) {
    siege_.harm_.add("a guest cannot enter: " + bytes);
  }
  if (bytes.find("Not sent") != bytes.npos || bytes.find("not sent") != bytes.npos) {
    siege_.harm_.add("a guest is refused: " + bytes);
  }
  for (const std::string& id : answered_ids(bytes)) {
    if (unanswered_.erase(id) > 0) ++siege_.honest_kept_;
  }
}

void Neighbour::check(Harm& harm) const {
  if (enters_since_ && siege_.now() - *enters_since_ > Siege::kPatience) {
    harm.add("guest " + address_.ip() + " is not in");
  }
  for (const auto& [id, since] : unanswered_) {
    if (siege_.now() - since > Siege::kPatience) {
      harm.add("guest " + address_.ip() + " has no answer to " + id);
    }
  }
}

// The attackers.

Raider::Raider(Siege& siege, const KeyPair& keys, std::string nick, const Address& address)
    : siege_(siege), keys_(keys), nick_(std::move(nick)), address_(address) {}

Raider::~Raider() { hang_up(); }

void Raider::dial() {
  hang_up();
  pipe_ = siege_.dial(*this, address_);
}

void Raider::hang_up() {
  if (pipe_) {
    pipe_->forget_client();
    pipe_->cut();
  }
  pipe_.reset();
  link_ = nullptr;
  is_online_ = false;
  frames_ = {};
}

void Raider::on_open(link::Link& link, Instant /*now*/) { link_ = &link; }

void Raider::on_closed(link::Link& /*link*/, const Closed& /*how*/, Instant /*now*/) {
  link_ = nullptr;
  is_online_ = false;
}

void Raider::on_bytes(link::Link& link, std::string_view bytes, Instant /*now*/) {
  frames_.add(bytes);
  link.consumed(bytes.size());
  while (const auto body = frames_.next()) {
    proto::Event event;
    if (!event.ParseFromArray(body->data(), static_cast<int>(body->size()))) continue;
    if (event.has_challenge()) {
      wire::LoginTo to;
      const std::string& nonce = event.challenge().nonce();
      std::copy_n(nonce.begin(), to.server.bytes.size(), to.server.bytes.begin());
      to.client.bytes.fill(9);
      to.exporter = link.exporter();
      send(server::login_by(keys_, to, nick_));
      continue;
    }
    if (event.has_welcome()) {
      is_online_ = true;
      if (on_online) on_online();
      continue;
    }
    if (on_event) on_event(event);
    if (link_ == nullptr) return;
  }
}

void Raider::send(const proto::Command& command) {
  if (link_ == nullptr) return;
  std::string bytes;
  wire::append_frame(command, bytes);
  link_->send(std::make_shared<const std::string>(std::move(bytes)));
}

void Raider::join(const std::string& room) { send(server::join(room)); }

void Raider::leave(const std::string& room) { send(server::leave(room)); }

void Raider::post(const std::string& room, const std::string& text) {
  send(server::post(room, fmt::format("{}-{}", nick_, ++posts_), text));
}

// The place.

guard::Policy Siege::public_place() {
  guard::Policy policy;
  policy.guests = guard::Guests::kAll;
  policy.members = guard::Members::kAll;
  policy.trusted = {*Network::parse("192.168.0.0/16")};
  return policy;
}

Siege::Siege(std::uint64_t seed, const Place& place)
    : place_(place),
      disk_(Random(~seed)),
      admission_(std::make_unique<link::QuicAdmission>(place.links)) {
  Rooms rooms;
  rooms.keeping.promise.kept = true;
  rooms.members = Pipework{.delay = 20ms, .window = 65'536, .idle = 30s};
  rooms.wall = [this] { return WallTime{wall()}; };
  rooms.open_history = [this](const Outside& outside) { return open(outside); };
  rooms.traced = false;
  world_ = std::make_unique<World>(seed, place.limits, Impairment{.delay = 20ms, .batch = 256},
                                   place.policy, rooms);
  world_->on_sent = [this](const Address& to, const std::string& bytes) {
    const auto neighbour = by_address_.find(to.label());
    if (neighbour == by_address_.end()) return;
    world_->carry([who = neighbour->second, bytes] { who->hear(bytes); });
  };
  for (std::size_t i = 0; i < place.citizens; ++i) {
    citizens_.push_back(std::make_unique<Citizen>(*this, i));
  }
  for (std::size_t i = 0; i < place.neighbours; ++i) {
    neighbours_.push_back(std::make_unique<Neighbour>(*this, i));
  }
}

Siege::~Siege() = default;

std::int64_t Siege::wall() const {
  return kBegin + std::chrono::floor<std::chrono::microseconds>(now().time_since_epoch()).count();
}

std::unique_ptr<chat::History> Siege::open(const Outside& outside) {
  auto opened = StoredHistory::open(disk_, place_.store, {.quick = 0, .commit_delay = 5ms}, outside,
                                    {[this] { return now(); }, [this] { return wall(); }}, {});
  if (!opened) throw std::runtime_error(opened.error().sentence);
  return std::move(*opened);
}

std::shared_ptr<Conduit> Siege::dial(link::LinkUser& user, const Address& from) {
  // As link/quic/server does, of addresses that are proven.
  std::erase_if(connections_, [this](const Connection& one) {
    const auto pipe = one.pipe.lock();
    const bool is_over = !pipe || pipe->is_over();
    if (is_over) admission_->closed(one.ip);
    return is_over;
  });
  const Ip ip = from.ip_bytes();
  using Verdict = link::QuicAdmission::Verdict;
  // Where all places are taken, none of the simulated connections is without a login for long.
  if (admission_->look(ip, true, false, now()) != Verdict::kOpen) return nullptr;
  auto pipe = world_->dial(user, from);
  if (!pipe) return nullptr;
  admission_->opened(ip, false, now());
  admission_->left_half_open(ip);
  connections_.push_back({pipe, ip});
  return pipe;
}

Address Siege::address(From from, std::size_t number, std::uint16_t port) {
  const std::string ip = from == From::kV4 ? fmt::format("203.{}.{}.7", number / 250, number % 250)
                                           : fmt::format("2001:db8:7:{:x}::7", number);
  return *Address::parse(ip, port);
}

Raider& Siege::raider(std::uint64_t key, const Address& address) {
  raiders_.push_back(
      std::make_unique<Raider>(*this, KeyPair(1000 + key), fmt::format("raider{}", key), address));
  return *raiders_.back();
}

void Siege::forget_raiders() {
  std::erase_if(raiders_, [](const auto& raider) { return raider->has_hung_up(); });
}

void Siege::repeat(Duration every, const std::function<void()>& what) {
  if (is_over_) return;
  what();
  world_->after(every, [this, every, what] { repeat(every, what); });
}

void Siege::plan_honest(Duration time) {
  const auto at = [&](Duration every, const std::function<void()>& what) {
    Duration when(random().below(static_cast<std::uint64_t>(every.count())));
    for (; when < time; when += every) world_->after(when, what);
  };
  for (std::size_t i = 0; i < citizens_.size(); ++i) {
    Citizen& one = *citizens_[i];
    at(30s, [&one] { one.speak(); });
    at(60s, [&one] { one.open_room(); });
    at(45s, [&one, other = i ^ 1U, this] {
      if (other < citizens_.size()) one.write_to(other);
    });
    if (i % 5 == 0) {
      at(40s, [this, &one] {
        one.leave();
        world_->after(2s, [&one] { one.arrive(); });
      });
    }
  }
  for (std::size_t i = 0; i < neighbours_.size(); ++i) {
    Neighbour& one = *neighbours_[i];
    at(20s, [&one] { one.speak(); });
    if (i % 4 == 0) {
      at(50s, [this, &one] {
        one.leave();
        world_->after(3s, [&one] { one.arrive(); });
      });
    }
  }
}

void Siege::peace(Duration time) {
  for (const auto& one : citizens_) {
    world_->after(Duration(random().below(1'000'000'000)), [&one] { one->arrive(); });
  }
  for (const auto& one : neighbours_) {
    world_->after(Duration(random().below(1'000'000'000)), [&one] { one->arrive(); });
  }
  world_->run_until(now() + 3s);
  plan_honest(time);
  world_->run_until(now() + time + 5s);
  before_ = taken();
}

void Siege::watch() {
  if (is_over_) return;
  for (const auto& one : citizens_) one->check(harm_);
  for (const auto& one : neighbours_) one->check(harm_);
  world_->after(5s, [this] { watch(); });
}

void Siege::besiege(const std::function<void(Siege&)>& attack, Duration time) {
  watch();
  attack(*this);
  plan_honest(time);
  world_->run_until(now() + time);
  is_over_ = true;
  world_->run_until(now() + 5s);
}

Siege::Taken Siege::taken() {
  Taken taken;
  taken.disk_bytes = disk_.bytes();
  taken.members = world_->hub().registry().members();
  taken.open_rooms = world_->hub().rooms();
  auto database =
      store::Database::open(disk_.store(), store::Database::Mode::kRead, SqliteDisk::kName);
  if (!database) return taken;
  taken.registry_lines = count(*database, "SELECT next - 1 FROM room WHERE name = '.registry'");
  // The honest open rooms, and write, as well.
  taken.kept_rooms = count(*database,
                           "SELECT count(*) FROM room"
                           " WHERE name NOT LIKE 'home-of-%' AND name NOT LIKE '@%'");
  const std::uint64_t ids = count(*database, "SELECT count(*) FROM posted");
  taken.ids = ids - std::min(ids, honest_kept_);
  taken.honest = count(*database, "SELECT count(*) FROM message WHERE text LIKE 'honest %'");
  return taken;
}

Harm Siege::harm(const Budget& budget) {
  for (const auto& one : citizens_) one->check(harm_);
  for (const auto& one : neighbours_) one->check(harm_);
  const Taken now = taken();
  const auto within = [&](std::uint64_t value, std::uint64_t was, std::uint64_t most,
                          const char* what) {
    const std::uint64_t grown = value > was ? value - was : 0;
    if (grown > most) harm_.add(fmt::format("{} more {}, {} at most", grown, what, most));
  };
  within(now.disk_bytes, before_.disk_bytes, budget.disk_bytes, "bytes on the disk");
  within(now.members, before_.members, budget.members, "members");
  within(now.registry_lines, before_.registry_lines, budget.registry_lines, "registry records");
  within(now.kept_rooms, before_.kept_rooms, budget.kept_rooms, "kept rooms");
  within(now.ids, before_.ids, budget.ids, "message IDs");
  within(now.open_rooms, before_.open_rooms, budget.open_rooms, "open rooms");
  if (now.honest < honest_kept_) {
    harm_.add(
        fmt::format("{} of {} honest messages are gone", honest_kept_ - now.honest, honest_kept_));
  }
  harm_.figures = fmt::format(
      "members {}, registry {}, rooms kept {}, open {}, ids {}, disk {} KiB, honest {} of {}",
      now.members, now.registry_lines, now.kept_rooms, now.open_rooms, now.ids,
      now.disk_bytes >> 10, now.honest, honest_kept_);
  return harm_;
}

}  // namespace palabre::sim
