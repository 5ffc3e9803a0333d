#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fno {

/// A value of a pickle, as a description: nothing is ever called. What Python would call stands as `call`.
struct PickleValue {
  enum class Kind { none, boolean, integer, real, text, sequence, dictionary, global, persistent, call };
  Kind kind = Kind::none;
  std::int64_t integer = 0;  ///< also of booleans
  double real = 0;
  std::string text;                       ///< also of a global: "module.name"
  std::vector<const PickleValue*> items;  ///< of a sequence; keys and values in turn; the id of a persistent value;
                                          ///< what is called, and its arguments
};

/// A pickle made of plain values, names of a short list and calls of them.
class Pickle {
 public:
  /// `where` begins every error (kind data). A name that `accepts` does not know is refused, as are all opcodes that
  /// tensors and plain containers do not need.
  /// Source   Python's pickletools, "Pickle opcodes", protocols 2 to 4.
  Pickle(std::span<const std::byte> bytes, bool (*accepts)(std::string_view global), const std::string& where);
  [[nodiscard]] const PickleValue& value() const { return *value_; }

 private:
  class Machine;
  std::vector<std::unique_ptr<PickleValue>> values_;  // owned here, for a list may hold itself
  const PickleValue* value_ = nullptr;
};

}  // namespace fno
