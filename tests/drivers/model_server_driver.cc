#include "drivers/model_server_driver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace palabre::client {

ModelServer::ModelServer(std::uint64_t seed, unsigned refusals)
    : random_(seed), refusals_(refusals) {}

void ModelServer::challenge(Peer& peer) {
  proto::Event event;
  event.mutable_challenge()->set_nonce(std::string(32, 's'));
  send(peer, event);
}

void ModelServer::read(Peer& peer, std::string_view bytes) {
  peer.frames.add(bytes);
  while (const auto frame = peer.frames.next()) {
    proto::Command command;
    ASSERT_TRUE(command.ParseFromArray(frame->data(), static_cast<int>(frame->size())));
    peer.commands.push_back(command);
    answer(peer, command);
  }
}

void ModelServer::deliver(Peer& peer) {
  for (auto& [name, cursor] : peer.cursors) {
    const Room& room = rooms[name];
    for (; cursor < room.entries.size(); ++cursor) {
      const auto due = peer.due.extract({name, cursor + 1});
      if (due.empty()) {
        send(peer, message(name, cursor + 1));
      } else {
        send(peer, due.mapped());
      }
    }
  }
}

void ModelServer::say(const std::string& room, const std::string& author, const std::string& text) {
  rooms[room].entries.push_back({author, text});
}

proto::Event ModelServer::message(const std::string& name, std::uint64_t number) {
  const Entry& entry = rooms[name].entries[number - 1];
  proto::Event event;
  auto& message = *event.mutable_message();
  message.set_room_id(id_of(name));
  message.set_number(number);
  message.set_author(entry.author);
  message.set_text(entry.text);
  return event;
}

void ModelServer::answer(Peer& peer, const proto::Command& command) {
  proto::Event event;
  event.set_tag(command.tag());
  switch (command.what_case()) {
    case proto::Command::kLogin:
      return login(peer, command.login(), event);
    case proto::Command::kJoin:
      return join(peer, command.join(), event);
    case proto::Command::kLeave:
      return leave(peer, command.leave(), event);
    case proto::Command::kPost:
      return post(peer, command.post(), event);
    case proto::Command::kPing:
      event.mutable_pong();
      return send(peer, event);
    default:
      return;
  }
}

void ModelServer::login(Peer& peer, const proto::Login& login, proto::Event& event) {
  if (taken_nicks.contains(login.nick())) {
    event.mutable_refused()->set_why(proto::Refused::NICK_TAKEN);
    event.mutable_refused()->set_words(login.nick() + " is taken.");
    send(peer, event);
    return challenge(peer);
  }
  peer.nick = login.nick();
  event.mutable_welcome()->set_nick(login.nick());
  send(peer, event);
}

void ModelServer::join(Peer& peer, const proto::Join& join, proto::Event& event) {
  Room& room = rooms[join.room()];
  const std::uint64_t end = room.entries.size();
  std::uint64_t after = end - std::min<std::uint64_t>(end, join.last());
  auto& joined = *event.mutable_joined();
  joined.set_room_id(id_of(join.room()));
  joined.set_room(join.room());
  joined.set_log(room.log);
  joined.set_end(end);
  joined.set_kept(true);
  send(peer, event);
  if (join.has_after() && join.after().log() == room.log) {
    after = join.after().number();
  } else if (join.has_after()) {
    proto::Event gap;
    gap.mutable_gap()->set_room_id(id_of(join.room()));
    gap.mutable_gap()->set_why(proto::Gap::NEW_LOG);
    send(peer, gap);
    after = 0;
  }
  peer.cursors[join.room()] = after;
}

void ModelServer::leave(Peer& peer, const proto::Leave& leave, proto::Event& event) {
  if (peer.cursors.erase(leave.room()) == 0) return;
  for (auto due = peer.due.begin(); due != peer.due.end();) {
    const bool is_of_it = due->first.first == leave.room();
    if (is_of_it) send(peer, due->second);
    due = is_of_it ? peer.due.erase(due) : std::next(due);
  }
  event.mutable_left()->set_room_id(id_of(leave.room()));
  send(peer, event);
}

void ModelServer::post(Peer& peer, const proto::Post& post, proto::Event& event) {
  if (!peer.cursors.contains(post.room())) {
    if (peer.refused_id == post.id()) peer.refused_id.reset();
    event.mutable_refused()->set_why(proto::Refused::NOT_JOINED);
    event.mutable_refused()->set_id(post.id());
    return send(peer, event);
  }
  const bool is_refused = refuse_next > 0 || happens(refusals_);
  if (peer.refused_id.value_or(post.id()) != post.id() || is_refused) {
    if (refuse_next > 0) --refuse_next;
    if (!peer.refused_id) peer.refused_id = post.id();
    event.mutable_refused()->set_why(happens(500) ? proto::Refused::TOO_FAST
                                                  : proto::Refused::CANNOT_KEEP);
    event.mutable_refused()->set_id(post.id());
    return send(peer, event);
  }
  peer.refused_id.reset();
  Room& room = rooms[post.room()];
  const auto [known, is_new] = ids.try_emplace(post.id(), post.room(), room.entries.size() + 1);
  if (is_new) room.entries.push_back({peer.nick, post.text()});
  const std::uint64_t number = known->second.second;
  auto& answer = *event.mutable_acknowledged();
  answer.set_room_id(id_of(post.room()));
  answer.set_number(number);
  answer.set_id(post.id());
  answer.set_kept(true);
  answer.set_repeated(!is_new);
  // A repeated post may be answered at once or in its place in the log: the server chooses.
  if (number <= peer.cursors[post.room()] || (!is_new && happens(500))) {
    return send(peer, event);
  }
  peer.due.emplace(std::pair{post.room(), number}, event);
}

ModelLink::ModelLink(ModelServer& model, link::LinkUser& user,
                     std::optional<link::Link::Exporter> exporter)
    : pipe({.window = kWindow, .exporter = exporter}), model_(model) {
  pipe.connect(kServer, this);
  pipe.connect(kClient, &user);
}

void ModelLink::open(Instant now) {
  pipe.open(kServer, now);
  pipe.open(kClient, now);
}

bool ModelLink::read() {
  const std::string bytes = std::exchange(heard, {});
  model_.read(peer, bytes);
  return !bytes.empty();
}

void ModelLink::say() {
  if (!peer.out.empty()) say(std::exchange(peer.out, {}));
}

void ModelLink::say(std::string bytes) {
  pipe.end(kServer).send(std::make_shared<const std::string>(std::move(bytes)));
}

void ModelLink::on_bytes(link::Link& link, std::string_view bytes, Instant /*now*/) {
  heard += bytes;
  link.consumed(bytes.size());
}

Wired::Wired(std::vector<std::string> nicks, std::uint64_t seed)
    : server(seed),
      session({std::string(32, 'k'),
               [this](const auto& s, const auto& c, const auto& exporter) {
                 proofs.emplace_back(std::string(s.begin(), s.end()),
                                     std::string(c.begin(), c.end()),
                                     std::string(exporter->begin(), exporter->end()));
                 return std::string(64, 'p');
               },
               std::move(nicks), "test"},
              [this] { return ++randoms; }) {}

void Wired::open() {
  links.push_back(std::make_unique<ModelLink>(server, session, next_exporter));
  link().open(now);
}

void Wired::settle() {
  for (int i = 0; i < 100 && (to_server() || to_session()); ++i) {
  }
  take();
}

bool Wired::to_server() {
  sent();
  return link().read();
}

bool Wired::to_session() {
  server.deliver(peer());
  link().say();
  const bool has_any = link().pipe.can_carry(ModelLink::kServer);
  link().carry_to_client(ModelLink::kAll, now);
  return has_any;
}

std::string& Wired::sent() {
  link().carry_to_model(ModelLink::kAll, now);
  return link().heard;
}

void Wired::cut() {
  link().pipe.connect(ModelLink::kServer, nullptr);
  link().heard.clear();
  peer().out.clear();
  link().cut(now);
  take();
}

void Wired::take() {
  for (Outcome& outcome : session.take_outcomes()) outcomes.push_back(std::move(outcome));
}

void Wired::give(std::string bytes) {
  link().say(std::move(bytes));
  link().carry_to_client(ModelLink::kAll, now);
}

InLobby::InLobby() {
  session.join(kLobby, {}, now);
  open();
  settle();
  outcomes.clear();
}

PostId InLobby::say(const std::string& text) {
  const auto post = session.post(kLobby, chat::Kind::kText, text, now);
  EXPECT_TRUE(post);
  return post.value_or(PostId{});
}

}  // namespace palabre::client
