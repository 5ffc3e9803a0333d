#include "tools/training/weight_hash.h"

#include <vector>

#include "tools/files/sha256.h"

namespace fno::training {
namespace {

constexpr std::size_t kDigits = 16;

}  // namespace

Json weights_json(const ParameterStore& store) {
  Json tensors = Json::object();
  std::string all;
  std::vector<std::byte> bytes;
  for (const Parameter& parameter : store.parameters()) {
    const Tensor value = parameter.var.value();
    bytes.resize(value.bytes());
    value.device().memory().copy(bytes.data(), value.data<float>(), bytes.size(), CopyKind::device_to_host);
    const std::string hash = sha256_hex(bytes).substr(0, kDigits);
    tensors[parameter.name] = hash;
    all += hash;
  }
  return {{"weights_hash", sha256_hex(std::as_bytes(std::span(all))).substr(0, kDigits)}, {"tensors", tensors}};
}

}  // namespace fno::training
