#include "wire/json.h"

#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>

#include "wire/log_entries.h"
#include "wire/palabre.pb.h"

namespace palabre::wire {
namespace {

std::string line_of(const chat::RoomName& room, const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return {};
  nlohmann::ordered_json line{{"room", room.text}};
  line.update(nlohmann::ordered_json::parse(json));
  line.erase("roomId");
  return line.dump() + "\n";
}

}  // namespace

std::string encode_json(const chat::RoomName& room, chat::Number number,
                        const chat::Message& message, WallTime kept_at) {
  proto::Message out;
  fill(out, {}, number, message, kept_at);
  return line_of(room, out);
}

std::string encode_json(const chat::RoomName& room, const chat::Missing& missing,
                        std::string_view words) {
  proto::Gap out;
  fill(out, {}, missing);
  out.set_words(std::string(words));
  return line_of(room, out);
}

std::string encode_json(const chat::RoomName& room, const chat::NumberRanges& removed) {
  proto::Removed out;
  fill(out, {}, removed);
  return line_of(room, out);
}

std::string encode_json_of_new_log(const chat::RoomName& room, chat::Number from, chat::Number to,
                                   std::string_view words) {
  proto::Gap out;
  out.set_from(from.value);
  out.set_to(to.value);
  out.set_why(proto::Gap::NEW_LOG);
  out.set_words(std::string(words));
  return line_of(room, out);
}

}  // namespace palabre::wire
