"""Describe what kernel and browser say to each other.

One description serves both sides: the kernel uses these types as they are, and
``frontend/src/messages.ts`` is generated from them (``make types``; a test compares).

The view's state lives in synced traits, so a reloaded page can draw itself again.
What a person does travels as custom messages, each complete in itself.
"""

from hitl_nb.messages.evidence import (
    Item as Item,
)
from hitl_nb.messages.evidence import (
    Mark as Mark,
)
from hitl_nb.messages.evidence import (
    Table as Table,
)
from hitl_nb.messages.evidence import (
    Text as Text,
)
from hitl_nb.messages.exchange import (
    Acknowledge as Acknowledge,
)
from hitl_nb.messages.exchange import (
    Answer as Answer,
)
from hitl_nb.messages.exchange import (
    ButtonPress as ButtonPress,
)
from hitl_nb.messages.exchange import (
    CheckpointRequest as CheckpointRequest,
)
from hitl_nb.messages.exchange import (
    ChoiceAnswer as ChoiceAnswer,
)
from hitl_nb.messages.exchange import (
    Displayed as Displayed,
)
from hitl_nb.messages.exchange import (
    DisplayedPage as DisplayedPage,
)
from hitl_nb.messages.exchange import (
    DisplayedShare as DisplayedShare,
)
from hitl_nb.messages.exchange import (
    DraftText as DraftText,
)
from hitl_nb.messages.exchange import (
    FieldError as FieldError,
)
from hitl_nb.messages.exchange import (
    FromBrowser as FromBrowser,
)
from hitl_nb.messages.exchange import (
    FromKernel as FromKernel,
)
from hitl_nb.messages.exchange import (
    PageRequest as PageRequest,
)
from hitl_nb.messages.exchange import (
    PartDecision as PartDecision,
)
from hitl_nb.messages.exchange import (
    RequestAnswer as RequestAnswer,
)
from hitl_nb.messages.exchange import (
    Submit as Submit,
)
from hitl_nb.messages.exchange import (
    TextAnswer as TextAnswer,
)
from hitl_nb.messages.exchange import (
    TextPage as TextPage,
)
from hitl_nb.messages.exchange import (
    ViewReady as ViewReady,
)
from hitl_nb.messages.forms import (
    ActionView as ActionView,
)
from hitl_nb.messages.forms import (
    ChoiceView as ChoiceView,
)
from hitl_nb.messages.forms import (
    Deadline as Deadline,
)
from hitl_nb.messages.forms import (
    EditedAction as EditedAction,
)
from hitl_nb.messages.forms import (
    Fact as Fact,
)
from hitl_nb.messages.forms import (
    FormView as FormView,
)
from hitl_nb.messages.forms import (
    OptionsControl as OptionsControl,
)
from hitl_nb.messages.forms import (
    PartView as PartView,
)
from hitl_nb.messages.forms import (
    RequestControl as RequestControl,
)
from hitl_nb.messages.forms import (
    TextControl as TextControl,
)
from hitl_nb.messages.inbox import (
    Bulk as Bulk,
)
from hitl_nb.messages.inbox import (
    BulkMode as BulkMode,
)
from hitl_nb.messages.inbox import (
    BulkRow as BulkRow,
)
from hitl_nb.messages.inbox import (
    Facet as Facet,
)
from hitl_nb.messages.inbox import (
    FacetValue as FacetValue,
)
from hitl_nb.messages.inbox import (
    Filter as Filter,
)
from hitl_nb.messages.inbox import (
    FromInbox as FromInbox,
)
from hitl_nb.messages.inbox import (
    InboxHeader as InboxHeader,
)
from hitl_nb.messages.inbox import (
    InboxRow as InboxRow,
)
from hitl_nb.messages.inbox import (
    InboxState as InboxState,
)
from hitl_nb.messages.inbox import (
    Note as Note,
)
from hitl_nb.messages.inbox import (
    Notice as Notice,
)
from hitl_nb.messages.inbox import (
    Select as Select,
)
from hitl_nb.messages.inbox import (
    Selected as Selected,
)
from hitl_nb.messages.inbox import (
    SubmitAll as SubmitAll,
)
from hitl_nb.messages.inbox import (
    Window as Window,
)
from hitl_nb.messages.inbox import (
    WindowRequest as WindowRequest,
)
from hitl_nb.messages.session import (
    BranchView as BranchView,
)
from hitl_nb.messages.session import (
    Button as Button,
)
from hitl_nb.messages.session import (
    Change as Change,
)
from hitl_nb.messages.session import (
    CheckpointEntry as CheckpointEntry,
)
from hitl_nb.messages.session import (
    CheckpointHistory as CheckpointHistory,
)
from hitl_nb.messages.session import (
    ComparedRow as ComparedRow,
)
from hitl_nb.messages.session import (
    Difference as Difference,
)
from hitl_nb.messages.session import (
    Drawing as Drawing,
)
from hitl_nb.messages.session import (
    DrawnEdge as DrawnEdge,
)
from hitl_nb.messages.session import (
    DrawnNode as DrawnNode,
)
from hitl_nb.messages.session import (
    Failure as Failure,
)
from hitl_nb.messages.session import (
    Header as Header,
)
from hitl_nb.messages.session import (
    Print as Print,
)
from hitl_nb.messages.session import (
    Progress as Progress,
)
from hitl_nb.messages.session import (
    RecordEntry as RecordEntry,
)
from hitl_nb.messages.session import (
    StepEntry as StepEntry,
)
from hitl_nb.messages.session import (
    TextRun as TextRun,
)
from hitl_nb.messages.session import (
    ViewState as ViewState,
)
