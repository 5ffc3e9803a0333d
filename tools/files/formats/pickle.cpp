#include "tools/files/formats/pickle.h"

#include <bit>
#include <unordered_map>

#include "framework/error.h"
#include "tools/files/in_quotes.h"
#include "tools/files/little_endian.h"

namespace fno {
namespace {

using Kind = PickleValue::Kind;

constexpr std::string_view kOrderedDict = "collections.OrderedDict";

}  // namespace

/// The stack machine that a pickle is a program for.
class Pickle::Machine {
 public:
  Machine(Pickle& pickle, std::span<const std::byte> bytes, bool (*accepts)(std::string_view), const std::string& where)
      : pickle_(pickle), rest_(bytes), size_(bytes.size()), accepts_(accepts), where_(where) {}

  const PickleValue* run() {
    while (true) {
      const char op = std::to_integer<char>(take(1)[0]);
      if (op == '.') break;
      step(op);
    }
    if (!rest_.empty()) wrong("bytes behind its end");
    return pop();
  }

 private:
  [[noreturn]] void wrong(const std::string& found) const {
    fail(ErrorKind::data, where_, ": found ", found, " at byte ", size_ - rest_.size(),
         " of its pickle, accepted: tensors, numbers and texts in dictionaries, lists and tuples");
  }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > rest_.size()) wrong("its end");
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  template <class T>
  T number() {
    return load_le<T>(take(sizeof(T)).data());
  }
  std::string text(std::uint64_t size) {
    const auto bytes = take(size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::string line() {
    std::string out;
    for (char c = 0; (c = std::to_integer<char>(take(1)[0])) != '\n';) out += c;
    return out;
  }

  PickleValue* push(PickleValue value) {
    constexpr std::size_t kMost = 500000;
    if (pickle_.values_.size() >= kMost) wrong("more than " + std::to_string(kMost) + " values");
    pickle_.values_.push_back(std::make_unique<PickleValue>(std::move(value)));
    stack_.push_back(pickle_.values_.back().get());
    return stack_.back();
  }
  void push_integer(Kind kind, std::int64_t value) { push({.kind = kind, .integer = value, .text = {}, .items = {}}); }
  PickleValue* pop() {
    if (stack_.empty() || stack_.back() == nullptr) wrong("nothing where a value belongs");
    PickleValue* const top = stack_.back();
    stack_.pop_back();
    return top;
  }
  std::vector<const PickleValue*> pop_some(std::size_t count) {
    std::vector<const PickleValue*> values(count);
    while (count-- > 0) values[count] = pop();
    return values;
  }
  std::vector<const PickleValue*> pop_to_mark() {
    std::size_t begin = stack_.size();
    while (begin > 0 && stack_[begin - 1] != nullptr) --begin;
    if (begin == 0) wrong("no mark");
    std::vector<const PickleValue*> values(stack_.begin() + static_cast<std::ptrdiff_t>(begin), stack_.end());
    stack_.resize(begin - 1);
    return values;
  }
  void push_sequence(std::vector<const PickleValue*> items) {
    push({.kind = Kind::sequence, .text = {}, .items = std::move(items)});
  }
  // Adds to the list or dictionary on top of the stack.
  void extend(Kind kind, const std::vector<const PickleValue*>& items) {
    PickleValue* const top = pop();
    if (top->kind != kind || (kind == Kind::dictionary && items.size() % 2 != 0)) wrong("items for what takes none");
    top->items.insert(top->items.end(), items.begin(), items.end());
    stack_.push_back(top);
  }
  void push_global(const std::string& module, const std::string& name) {
    const std::string global = module + "." + name;
    if (!accepts_(global)) wrong("the name " + in_quotes(global));
    push({.kind = Kind::global, .text = global, .items = {}});
  }
  void call() {
    const PickleValue* const arguments = pop();
    const PickleValue* const callee = pop();
    if (callee->kind != Kind::global || arguments->kind != Kind::sequence) wrong("a call of what is no function");
    if (callee->text == kOrderedDict && arguments->items.empty()) {
      push({.kind = Kind::dictionary, .text = callee->text, .items = {}});
    } else {
      push({.kind = Kind::call, .text = {}, .items = {callee, arguments}});
    }
  }
  // The attributes of an object; those of an OrderedDict, where PyTorch keeps versions of modules, say nothing of
  // arrays.
  void build() {
    (void)pop();
    const PickleValue* const object = pop();
    if (object->kind != Kind::dictionary || object->text != kOrderedDict) wrong("the state of an object");
    stack_.push_back(const_cast<PickleValue*>(object));
  }
  void remember(std::uint32_t key) {
    if (stack_.empty() || stack_.back() == nullptr) wrong("nothing to remember");
    memo_[key] = stack_.back();
  }
  void recall(std::uint32_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) wrong("a reference to nothing");
    stack_.push_back(found->second);
  }
  void push_long() {
    const auto size = number<std::uint8_t>();
    if (size > sizeof(std::int64_t)) wrong("an integer of " + std::to_string(size) + " bytes");
    std::uint64_t value = 0;
    const auto bytes = take(size);
    for (std::size_t i = 0; i < size; ++i) value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
    const bool negative = size > 0 && (bytes.back() & std::byte{0x80}) != std::byte{0};
    if (negative && size < sizeof value) value |= ~std::uint64_t{0} << (8 * size);
    push_integer(Kind::integer, static_cast<std::int64_t>(value));
  }
  void push_real() {
    std::uint64_t bits = 0;
    for (const std::byte b : take(sizeof bits)) bits = bits << 8 | std::to_integer<std::uint64_t>(b);  // big-endian
    push({.kind = Kind::real, .real = std::bit_cast<double>(bits), .text = {}, .items = {}});
  }
  void push_text(std::uint64_t size) { push({.kind = Kind::text, .text = text(size), .items = {}}); }

  void step(char op) {
    switch (op) {
      case '\x80': (void)take(1); return;                                                                // PROTO
      case '\x95': (void)take(8); return;                                                                // FRAME
      case '(': stack_.push_back(nullptr); return;                                                       // MARK
      case 'N': push({}); return;                                                                        // NONE
      case '\x88': return push_integer(Kind::boolean, 1);                                                // NEWTRUE
      case '\x89': return push_integer(Kind::boolean, 0);                                                // NEWFALSE
      case 'K': return push_integer(Kind::integer, number<std::uint8_t>());                              // BININT1
      case 'M': return push_integer(Kind::integer, number<std::uint16_t>());                             // BININT2
      case 'J': return push_integer(Kind::integer, static_cast<std::int32_t>(number<std::uint32_t>()));  // BININT
      case '\x8a': return push_long();                                                                   // LONG1
      case 'G': return push_real();                                                                      // BINFLOAT
      case 'X': return push_text(number<std::uint32_t>());                                               // BINUNICODE
      case '\x8c': return push_text(number<std::uint8_t>());                                 // SHORT_BINUNICODE
      case ')': return push_sequence({});                                                    // EMPTY_TUPLE
      case ']': return push_sequence({});                                                    // EMPTY_LIST
      case '\x85': return push_sequence(pop_some(1));                                        // TUPLE1
      case '\x86': return push_sequence(pop_some(2));                                        // TUPLE2
      case '\x87': return push_sequence(pop_some(3));                                        // TUPLE3
      case 't': return push_sequence(pop_to_mark());                                         // TUPLE
      case 'a': return extend(Kind::sequence, pop_some(1));                                  // APPEND
      case 'e': return extend(Kind::sequence, pop_to_mark());                                // APPENDS
      case '}': push({.kind = Kind::dictionary, .text = {}, .items = {}}); return;           // EMPTY_DICT
      case 's': return extend(Kind::dictionary, pop_some(2));                                // SETITEM
      case 'u': return extend(Kind::dictionary, pop_to_mark());                              // SETITEMS
      case 'q': return remember(number<std::uint8_t>());                                     // BINPUT
      case 'r': return remember(number<std::uint32_t>());                                    // LONG_BINPUT
      case '\x94': return remember(static_cast<std::uint32_t>(memo_.size()));                // MEMOIZE
      case 'h': return recall(number<std::uint8_t>());                                       // BINGET
      case 'j': return recall(number<std::uint32_t>());                                      // LONG_BINGET
      case 'Q': push({.kind = Kind::persistent, .text = {}, .items = pop_some(1)}); return;  // BINPERSID
      case 'R': return call();                                                               // REDUCE
      case 'b': return build();                                                              // BUILD
      case 'c': {                                                                            // GLOBAL
        const std::string module = line();
        return push_global(module, line());
      }
      case '\x93': {  // STACK_GLOBAL
        const auto parts = pop_some(2);
        return push_global(parts[0]->text, parts[1]->text);
      }
      default: {
        constexpr char kHex[] = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(op);
        wrong(std::string("opcode 0x") + kHex[byte >> 4] + kHex[byte & 15]);
      }
    }
  }

  Pickle& pickle_;
  std::span<const std::byte> rest_;
  std::size_t size_;
  bool (*accepts_)(std::string_view);
  const std::string& where_;
  std::vector<PickleValue*> stack_;  // null: a mark
  std::unordered_map<std::uint32_t, PickleValue*> memo_;
};

Pickle::Pickle(std::span<const std::byte> bytes, bool (*accepts)(std::string_view), const std::string& where)
    : value_(Machine(*this, bytes, accepts, where).run()) {}

}  // namespace fno
