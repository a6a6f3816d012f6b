// A small stock-keeping program with the containers of the standard library:
// vector, map, string, sort, unique_ptr, templates, lambdas and virtual calls
// (call_indirect through vtables). Built without exceptions.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

class Item {
 public:
  Item(std::string name, int count) : name_(std::move(name)), count_(count) {}
  virtual ~Item() = default;
  virtual long price_in_cents() const = 0;
  virtual std::string describe() const { return std::to_string(count_) + " x " + name_; }
  long total() const { return price_in_cents() * count_; }
  const std::string &name() const { return name_; }

 private:
  std::string name_;
  int count_;
};

class Piece : public Item {
 public:
  Piece(std::string name, int count, long price) : Item(std::move(name), count), price_(price) {}
  long price_in_cents() const override { return price_; }

 private:
  long price_;
};

class Weighed : public Item {
 public:
  Weighed(std::string name, int count, double kilos, long per_kilo)
      : Item(std::move(name), count), kilos_(kilos), per_kilo_(per_kilo) {}
  long price_in_cents() const override { return static_cast<long>(kilos_ * per_kilo_ + 0.5); }
  std::string describe() const override { return Item::describe() + " of " + std::to_string(kilos_) + " kg"; }

 private:
  double kilos_;
  long per_kilo_;
};

class Bundle : public Item {
 public:
  Bundle(std::string name, int count) : Item(std::move(name), count) {}
  void add(std::unique_ptr<Item> item) { parts_.push_back(std::move(item)); }
  long price_in_cents() const override {
    return std::accumulate(parts_.begin(), parts_.end(), 0L, [](long sum, const auto &part) { return sum + part->total(); }) * 9 / 10;
  }
  std::string describe() const override {
    std::string text = Item::describe() + " [";
    for (const auto &part : parts_) text += (part == parts_.front() ? "" : ", ") + part->describe();
    return text + "]";
  }

 private:
  std::vector<std::unique_ptr<Item>> parts_;
};

template <typename T, int Size>
class Ring {
 public:
  void push(T value) { values_[next_++ % Size] = value; }
  T sum() const { return std::accumulate(values_, values_ + std::min(next_, Size), T{}); }

 private:
  T values_[Size] = {};
  int next_ = 0;
};

int main() {
  std::vector<std::unique_ptr<Item>> stock;
  stock.push_back(std::make_unique<Piece>("lamp", 3, 1999));
  stock.push_back(std::make_unique<Weighed>("apples", 2, 1.25, 299));
  stock.push_back(std::make_unique<Piece>("pencil", 120, 45));
  stock.push_back(std::make_unique<Weighed>("glass beads, mixed colours", 1, 0.333, 1250));
  auto bundle = std::make_unique<Bundle>("desk set", 2);
  bundle->add(std::make_unique<Piece>("stapler", 1, 850));
  bundle->add(std::make_unique<Piece>("paper clip", 100, 2));
  stock.push_back(std::move(bundle));

  std::sort(stock.begin(), stock.end(), [](const auto &a, const auto &b) { return a->total() > b->total(); });
  for (const auto &item : stock) std::printf("%8ld  %s\n", item->total(), item->describe().c_str());

  std::map<char, std::vector<std::string>> by_letter;
  for (const auto &item : stock) by_letter[item->name().front()].push_back(item->name());
  for (auto &[letter, names] : by_letter) {
    std::sort(names.begin(), names.end());
    std::printf("%c:", letter);
    for (const auto &name : names) std::printf(" %s;", name.c_str());
    std::printf("\n");
  }

  Ring<long, 3> recent;
  Ring<double, 8> averages;
  for (const auto &item : stock) {
    recent.push(item->total());
    averages.push(static_cast<double>(item->total()) / stock.size());
  }
  std::printf("last three: %ld, average: %.3f\n", recent.sum(), averages.sum());

  std::vector<unsigned> numbers(1000);
  std::iota(numbers.begin(), numbers.end(), 1u);
  for (auto &n : numbers) n = n * 2654435761u;
  std::stable_sort(numbers.begin(), numbers.end(), [](unsigned a, unsigned b) { return a % 1000 < b % 1000; });
  auto odd = std::partition(numbers.begin(), numbers.end(), [](unsigned n) { return n & 1; });
  std::nth_element(numbers.begin(), numbers.begin() + 250, odd);
  std::printf("%td odd numbers, median %u\n", odd - numbers.begin(), numbers[250]);
  return 0;
}
