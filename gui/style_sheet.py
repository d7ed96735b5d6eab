"""The application's style sheet, written from the tokens of one theme.

Fonts are set by `setFont` alone: a font in a style sheet beats it silently.
"""

from __future__ import annotations

from engine.resources import resource


def style_sheet(t: dict[str, str], *, radius: tuple[int, int]) -> str:
    """The sheet for the tokens `t`; `radius` is that of cards and that of controls, in pixels."""
    card, control = radius
    arrow = resource("icons", "combo-arrow.svg").as_posix()
    label_roles = "\n".join(
        f'QLabel[role="{role}"] {{ color:{value}; }}'
        for role, value in t.items()
        if not role.endswith("_bg")
    )
    return f"""
QLabel {{ background:transparent; color:{t["text"]}; }}
{label_roles}
QLabel:disabled {{ color:{t["text3"]}; }}
QLabel[plate="warn"] {{ background:{t["warn_bg"]}; border-radius:6px; }}
#window, #pages, QScrollArea, #page, #page_stack {{ background:{t["bg"]}; border:none; }}
#topbar {{ background:{t["panel"]}; border:none; border-bottom:1px solid {t["line"]}; }}
#rail {{ background:{t["panel"]}; border:none; border-right:1px solid {t["line"]}; }}
#fit {{ background:{t["panel"]}; border:none; border-left:1px solid {t["line"]}; }}
#footer {{ background:{t["panel"]}; border:none; border-top:1px solid {t["line"]}; }}
QFrame[kind="card"] {{ background:{t["card"]}; border:1px solid {t["line"]}; border-radius:{card}px; }}
QFrame[kind="card"][off="true"] {{ background:{t["panel"]}; }}
QFrame[kind="card"][hover="true"] {{ border:1px solid {t["line2"]}; }}
QFrame[kind="card"][sel="true"], QFrame[kind="card"]:focus {{ border:2px solid {t["accent"]}; }}
QFrame[kind="flat"] {{ background:{t["well"]}; border:none; border-radius:{control}px; }}
QFrame[kind="ok"] {{ background:{t["ok_bg"]}; border:none; border-radius:{card}px; }}
QFrame[kind="warn"] {{ background:{t["warn_bg"]}; border:none; border-radius:{card}px; }}
QFrame[kind="bad"] {{ background:{t["bad_bg"]}; border:1px solid {t["bad"]}; border-radius:{card}px; }}
QFrame[kind="info"] {{ background:{t["accent_bg"]}; border:none; border-radius:{card}px; }}
QFrame[kind="rule"] {{ background:{t["line"]}; border:none; max-height:1px; min-height:1px; }}
QPushButton {{ background:{t["raised"]}; color:{t["text"]}; border:1px solid {t["line2"]};
    border-radius:{control}px; padding:0 14px; min-height:34px; }}
QPushButton:hover {{ border-color:{t["text3"]}; }}
QPushButton:checked {{ background:{t["accent_bg"]}; border-color:{t["accent"]}; color:{t["accent"]}; }}
QPushButton:pressed {{ background:{t["line"]}; }}
QPushButton[kind="primary"] {{ background:{t["accent"]}; color:{t["accent_ink"]};
    border:1px solid {t["accent"]}; padding:0 18px; min-height:36px; }}
QPushButton[kind="ghost"] {{ background:transparent; border:1px solid transparent; color:{t["text2"]};
    padding:0 8px; }}
QPushButton[kind="ghost"]:hover {{ background:{t["raised"]}; }}
QPushButton[kind="small"] {{ min-height:26px; padding:0 10px; }}
QPushButton[kind="danger"] {{ background:transparent; border:1px solid {t["bad"]}; color:{t["bad"]}; }}
QPushButton:disabled {{ color:{t["text3"]}; border:1px solid {t["line2"]}; background:{t["panel"]}; }}
QPushButton[kind="ghost"]:disabled {{ border-color:transparent; background:transparent; }}
QPushButton:focus {{ border:2px solid {t["accent"]}; padding:0 13px; min-height:32px; }}
QPushButton[kind="small"]:focus {{ padding:0 9px; min-height:24px; }}
QPushButton[kind="ghost"]:focus {{ border:2px solid {t["accent"]}; padding:0 7px; }}
QPushButton[kind="primary"]:focus {{ border:2px solid {t["text"]}; padding:0 17px; min-height:34px; }}
QTableView {{ background:transparent; border:none; gridline-color:{t["line"]};
    selection-background-color:{t["accent_bg"]}; selection-color:{t["text"]}; outline:none; }}
QTableView:focus {{ border:2px solid {t["accent"]}; border-radius:6px; }}
QListWidget {{ background:transparent; border:none; outline:none; }}
#findings {{ background:transparent; }}
#findings_area {{ background:transparent; }}
#findings_area:focus {{ border:2px solid {t["accent"]}; border-radius:6px; }}
QHeaderView, QHeaderView::section {{ background:transparent; border:none; color:{t["text3"]};
    padding:0 3px; }}
QHeaderView::section {{ border-bottom:1px solid {t["line2"]}; }}
QTableCornerButton::section {{ background:transparent; border:none; }}
QPlainTextEdit {{ background:{t["well"]}; border:1px solid {t["line"]}; border-radius:{control}px;
    color:{t["text2"]}; padding:6px; selection-background-color:{t["accent"]};
    selection-color:{t["accent_ink"]}; }}
QPlainTextEdit:focus {{ border:2px solid {t["accent"]}; padding:5px; }}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {{ background:{t["well"]}; color:{t["text"]};
    border:1px solid {t["line"]}; border-radius:{control}px; padding:0 10px; min-height:30px;
    selection-background-color:{t["accent"]}; selection-color:{t["accent_ink"]}; }}
QSpinBox::up-button, QSpinBox::down-button {{ width:0; border:none; }}
QSpinBox QLineEdit, QSpinBox QLineEdit:focus {{ border:none; background:transparent; padding:0 8px;
    min-height:0; }}
QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover {{ border-color:{t["line2"]}; }}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
    border:2px solid {t["accent"]}; padding:0 9px; min-height:28px; }}
QComboBox::drop-down {{ border:none; width:24px; }}
QComboBox::down-arrow {{ image:url({arrow}); width:12px; height:12px; }}
QComboBox QAbstractItemView {{ background:{t["raised"]}; color:{t["text"]};
    border:1px solid {t["line2"]};
    selection-background-color:{t["accent_bg"]}; selection-color:{t["text"]}; outline:none; }}
#what_is {{ background:transparent; border:2px solid transparent; border-radius:8px; padding:0; }}
#what_is:hover {{ background:{t["raised"]}; }}
#what_is:focus {{ border-color:{t["accent"]}; }}
QMenu {{ background:{t["raised"]}; color:{t["text"]}; border:1px solid {t["line2"]}; padding:4px; }}
QMenu::item {{ padding:6px 18px; border-radius:6px; }}
QMenu::item:selected {{ background:{t["accent_bg"]}; }}
QToolTip {{ background:{t["raised"]}; color:{t["text"]};
    border:1px solid {t["line2"]}; padding:4px 8px; }}
QSlider::groove:horizontal {{ height:4px; background:{t["line2"]}; border-radius:2px; }}
QSlider::sub-page:horizontal {{ background:{t["accent"]}; border-radius:2px; }}
QSlider::handle:horizontal {{ width:14px; height:14px; margin:-5px 0; border-radius:7px;
    background:{t["text"]}; }}
QSlider::handle:horizontal:focus {{ border:2px solid {t["accent"]}; width:10px; height:10px; }}
QSlider::sub-page:horizontal:disabled {{ background:{t["text3"]}; }}
QScrollBar:vertical {{ background:transparent; width:10px; margin:2px; }}
QScrollBar:horizontal {{ background:transparent; height:10px; margin:2px; }}
QScrollBar::handle {{ background:{t["line2"]}; border-radius:3px; min-height:28px; min-width:28px; }}
QScrollBar::handle:hover {{ background:{t["text3"]}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width:0; height:0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background:transparent; }}
QDialog {{ background:{t["panel"]}; }}
"""
