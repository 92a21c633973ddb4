"""What the demo says: the documented sample answers, and the words it has for all else."""

LANGUAGES_THINKING = (
    "Okay, the user is asking how many languages exist in the world. I need to provide a "
    "clear and accurate answer. Let's start by recalling the general consensus from "
    "linguistic sources. I remember that the number often cited is around 7,000, but maybe I "
    "should check some reputable organizations.\n\n"
    "Ethnologue is a well-known resource for language data, and I think they list about "
    "7,000 languages. But wait, do they update their numbers? It might be around 7,100 or "
    "so. Also, the exact count can vary because some sources might categorize dialects "
    "differently or have more recent data. \n\n"
    "Another thing to consider is language endangerment. Many languages are endangered, with "
    "some having only a few speakers left. Organizations like UNESCO track endangered "
    "languages, so mentioning that adds context. Also, the distribution isn't even. Some "
    "countries have hundreds of languages, like Papua New Guinea with over 800, while others "
    "have just a few. \n\n"
    "A user might also wonder why the exact number is hard to pin down. It's because the "
    "distinction between a language and a dialect can be political or cultural. For example, "
    "Mandarin and Cantonese are considered dialects of Chinese by some, but they're mutually "
    "unintelligible, so others classify them as separate languages. Also, some regions are "
    "under-researched, making it hard to document all languages. \n\n"
    "I should also touch on language families. The 7,000 languages are grouped into families "
    "like Indo-European, Sino-Tibetan, Niger-Congo, etc. Maybe mention a few of the largest "
    "families. But wait, the question is just about the count, not the families. Still, it's "
    "good to provide a bit more context. \n\n"
    "I need to make sure the information is up-to-date. Let me think \u2013 recent estimates "
    "still hover around 7,000. However, languages are dying out rapidly, so the number "
    "decreases over time. Including that note about endangerment and language extinction "
    "rates could be helpful. For instance, it's often stated that a language dies every few "
    "weeks. \n\n"
    "Another point is sign languages. Does the count include them? Ethnologue includes some, "
    "but not all sources might. If the user is including sign languages, that adds more to "
    "the count, but I think the 7,000 figure typically refers to spoken languages. For "
    "thoroughness, maybe mention that there are also over 300 sign languages. \n\n"
    "Summarizing, the answer should state around 7,000, mention Ethnologue's figure, explain "
    "why the exact number varies, touch on endangerment, and possibly note sign languages as "
    "a separate category. Also, a brief mention of Papua New Guinea as the most "
    "linguistically diverse country. \n\n"
    "Wait, let me verify Ethnologue's current number. As of their latest edition (25th, "
    "2022), they list 7,168 living languages. But I should check if that's the case. Some "
    "sources might round to 7,000. Also, SIL International publishes Ethnologue, so citing "
    "them as reference makes sense. \n\n"
    "Other sources, like Glottolog, might have a different count because they use different "
    "criteria. Glottolog might list around 7,000 as well, but exact numbers vary. It's "
    "important to highlight that the count isn't exact because of differing definitions and "
    "ongoing research. \n\n"
    "In conclusion, the approximate number is 7,000, with Ethnologue being a key source, "
    "considerations of endangerment, and the challenges in counting due to dialect vs. "
    "language distinctions. I should make sure the answer is clear, acknowledges the "
    "variability, and provides key points succinctly."
)

SORTING_THINKING = (
    "The user wants a comparison of sorting algorithms. The ones people meet are quicksort, "
    "merge sort and Timsort, so three rows are enough.\n\n"
    "What tells them apart? Time in the worst case, extra memory, and whether equal items keep "
    "their order. A table shows that best. Quicksort is quadratic in the worst case, unless "
    "the pivot is chosen well; merge sort never is, but needs a buffer.\n\n"
    "A short example helps too: stability matters when one sorts twice by different keys. I "
    "should keep it brief, and mention the lower bound for sorting by comparison."
)

SORTING = r"""## Three ways to sort

| Algorithm | Worst case | Memory | Stable | Used by |
|:----------|:----------:|:------:|:------:|:--------|
| Quicksort | $O(n^2)$ | $O(\log n)$ | no | C++ `std::sort`, in part |
| Merge sort | $O(n \log n)$ | $O(n)$ | yes | linked lists, files on disk |
| Timsort | $O(n \log n)$ | $O(n)$ | yes | Python, Java objects |

1. **Quicksort** is fast in practice, and sorts *in place*.
2. **Timsort** finds runs that are sorted already:
   - best case $O(n)$
   - stable, so one can sort twice:

```python
def by_team_then_name(players: list[Player]) -> list[Player]:
    # Equal teams keep the order of the names.
    players = sorted(players, key=lambda player: player.name)
    return sorted(players, key=lambda player: player.team)
```

> No sort by comparison is faster than this:

\[
\log_2(n!) \geq \frac{n}{2} \log_2 \frac{n}{2}
\]

See the [notes on Timsort](https://github.com/python/cpython/blob/main/Objects/listsort.txt).
"""

LANGUAGES_REASONED = (
    "The exact number of languages in the world is challenging to determine due to "
    "differences in definitions (e.g., distinguishing languages from dialects) and ongoing "
    "documentation efforts. However, widely cited estimates suggest there are approximately "
    "**7,000 languages** globally."
)

LANGUAGES = (
    "As of now, it's estimated that there are about 7,000 languages spoken around the world. "
    "However, this number can vary as some languages become extinct and new ones develop. "
    "It's also important to note that the number of speakers can greatly vary between "
    "languages, with some having millions of speakers and others only a few hundred."
)

LANGUAGES_JSON_ANSWER = (
    "There are approximately 7,117 living languages in the world today, according to the "
    "latest estimates. However, this number can vary as some languages become extinct and "
    "others are newly discovered or classified."
)

CHART = (
    "The chart illustrates that larger models tend to perform better in quality, as "
    "indicated by their size in billions of parameters. However, there are exceptions to "
    "this trend, such as Phi-3-medium and Phi-3-small, which outperform smaller models in "
    "quality. This suggests that while larger models generally have an advantage, there "
    "might be other factors at play that influence a model's performance."
)

CHART_THINKING = (
    "The user wants a conclusion from a chart. The script knows the chart of this example: model "
    "size against quality. So the conclusion compares the two."
)

NO_CHART = (
    "No image came with this message, so there is no chart to draw a conclusion from. Attach one, "
    "for example with `azchat image PROMPT chart.png`."
)

NO_CHART_THINKING = "The user asks about a chart, but the message holds no image. I must say so."

FLIGHT_THINKING = (
    "The user asks for the next flight from {origin} to {destination}. I cannot know a timetable, "
    "but a tool for flights is offered. I should call it with the two cities and answer from what "
    "it returns."
)

NO_FLIGHT_TOOL = (
    "I can't look up flights from {origin} to {destination}: no tool named `get_flight_info` was "
    "offered with this request, and azchat's scripted demo has no timetable of its own."
)

NO_FLIGHT_THINKING = (
    "The user asks for a flight. Without a tool that knows timetables any time would be made up, "
    "so the honest answer is that I cannot look it up."
)

RESULT_THINKING = "The tool has returned. The answer should rest on what it says and add nothing."

CALL_THINKING = (
    "The request demands a call of `{name}`. The scripted demo fills in the smallest arguments "
    "that its schema allows."
)

JSON_THINKING = "The reply has to be JSON, so there are no words around it."

DEMO_THINKING = (
    "A prompt of {length} has arrived. This is azchat's scripted demo and no model is behind it, "
    "so this thinking is a fixed text and weighs nothing. What can honestly be said is what was "
    "received and how to connect a real model. That will be the answer."
)

DEMO_INTRODUCTION = (
    "This is azchat's **scripted demo**. No model is behind it, so it cannot answer your prompt; "
    "it can say what it received:"
)

DEMO_ADVICE = """\
It has a scripted answer to *How many languages are in the world?* and to *When is the next \
flight from Miami to Seattle?*

To connect a real model, set these three variables:

```bash
export AZURE_INFERENCE_ENDPOINT="https://<resource>.services.ai.azure.com/openai/v1"
export AZURE_INFERENCE_CREDENTIAL="<key>"
export AZURE_INFERENCE_MODEL="<deployment>"
```"""
